# SPDX-License-Identifier: BSD-2-Clause
# A pipeline of twenty processes.
seq 1 500 | cat | cat | cat | sed 's/^/n/' | cat | cat | grep -v 7 | cat | tr n N | cat | cat | sort | cat | cat |
    uniq | cat | tac | cat | head -n 20
echo "status $?"
