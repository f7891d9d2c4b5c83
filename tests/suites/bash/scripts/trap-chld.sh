# SPDX-License-Identifier: BSD-2-Clause
# SIGCHLD, one a child.
set -m
n=0; trap '((n++))' CHLD
for i in 1 2 3 4 5; do (exit $i) & done; wait; : ; [[ $n -ge 1 && $n -le 5 ]] && echo "chld trap ran"
trap - CHLD
n=0; trap '((n++))' CHLD; (exit 3) & wait $!; echo "$? $n"
