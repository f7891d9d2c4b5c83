# SPDX-License-Identifier: BSD-2-Clause
# SIGCHLD, one a child. bash warns of itself, on Linux too, when a child ends while it gets ready to run the trap for another (13 of 150
# runs there): that line is not compared.
exec 2>/dev/null
set -m
n=0; trap '((n++))' CHLD
for i in 1 2 3 4 5; do (exit $i) & done; wait; : ; [[ $n -ge 1 && $n -le 5 ]] && echo "chld trap ran"
trap - CHLD
n=0; trap '((n++))' CHLD; (exit 3) & wait $!; echo "$? $n"
