# SPDX-License-Identifier: BSD-2-Clause
# Arguments and the environment, long, many, strange.
show() { sh -c 'echo $#; for a; do printf "[%s]" "$a"; done; echo' sh "$@"; }
show a '' 'b c' 'd
e' '*' '"' "'" '\' 'é'
big=$(dd if=/dev/zero bs=1000 count=100 2>/dev/null | tr '\0' x)
sh -c 'echo ${#1}' sh "$big"
env BIG="$big" sh -c 'echo ${#BIG}'
sh -c 'echo $#' sh $(seq 1 10000)
huge=$big$big; sh -c 'echo reached' sh "$huge" 2>/dev/null; echo "one argument over 128 KiB: $?"
env -i sh -c 'env | grep -v "^PWD=\|^SHLVL=\|^OLDPWD=\|^_="'; env -i A='x y' B= env
for i in $(seq 1 300); do export "V$i=value $i"; done; env | grep -c '^V[0-9]*=value'
env -u V1 sh -c 'echo ${V1-unset} ${V2-unset}'
true "$big" "$big" "$big"; busybox true "$big" "$big" "$big"; echo $?
