# SPDX-License-Identifier: BSD-2-Clause
# a supervisor that restarts a child that dies, three times
n=0; while [ $n -lt 3 ]; do sh -c 'kill -SEGV $$' 2>/dev/null & wait $!; echo "child ended with $?"; n=$((n+1)); done
