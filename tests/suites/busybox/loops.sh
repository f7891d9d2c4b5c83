# SPDX-License-Identifier: BSD-2-Clause
# for, while, until, break and continue over levels
for i in 1 2 3; do for j in a b c; do [ $j = b ] && continue 2; [ $i = 3 ] && break 2; echo $i$j; done; done
i=5; until [ $i -eq 0 ]; do printf '%d ' $i; i=$((i-1)); done; echo
while :; do i=$((i+1)); [ $i -gt 3 ] && break; echo $i; done
for i in; do echo never; done; echo $?
