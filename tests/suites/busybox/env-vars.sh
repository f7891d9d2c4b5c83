# SPDX-License-Identifier: BSD-2-Clause
# variables, export, env, unset, readonly, set
export A=1 B='two words'; sh -c 'echo $A; echo "$B"'; unset A; sh -c 'echo ${A-unset}'
env C=3 sh -c 'echo $C'; env -u B sh -c 'echo ${B-gone}'; readonly R=5; (R=6) 2>/dev/null; echo $? $R
set -a; D=auto; sh -c 'echo $D'; set +a; i=0; while [ $i -lt 200 ]; do export V$i=value$i; i=$((i+1)); done; env | grep -c '^V[0-9]'
big=$(seq 1 10000); export big; sh -c 'echo ${#big}'
