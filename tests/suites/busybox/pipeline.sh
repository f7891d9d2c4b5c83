# SPDX-License-Identifier: BSD-2-Clause
# a long pipeline of filters
seq 1 2000 | grep -v 7 | sed 's/^/n/' | tr 1-9 a-i | sort -r | head -n 40 | cat -n | tail -n 15
