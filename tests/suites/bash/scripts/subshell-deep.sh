# SPDX-License-Identifier: BSD-2-Clause
# 60 nested subshells, and 300 in a loop
d=0; deep() { if (( d < 60 )); then (( d++ )); ( deep ); else echo bottom $BASH_SUBSHELL; fi; }; deep; s=0; for ((i = 0; i < 300; i++)); do ( exit $((i % 100)) ); (( s += $? )); done; echo $s
