# SPDX-License-Identifier: BSD-2-Clause
# Coprocesses, their descriptors and statuses.
coproc cat
echo hello >&"${COPROC[1]}"; read -r x <&"${COPROC[0]}"; echo "$x"
pid=$COPROC_PID
eval "exec ${COPROC[1]}>&-"
wait $pid; echo $?
coproc ADD { while read -r a b; do echo $((a + b)); done; }
for i in 1 2 3 4 5; do echo "$i $((i * i))" >&"${ADD[1]}"; read -r s <&"${ADD[0]}"; echo "$s"; done
pid=$ADD_PID; kill $pid; wait $pid 2>/dev/null; echo $?
coproc { read -r x; exit "$x"; }; p=$COPROC_PID; echo 7 >&"${COPROC[1]}"; wait $p; echo $?
coproc SORT { sort -n; }
printf '3\n1\n2\n' >&"${SORT[1]}"; exec {out}<&"${SORT[0]}"; eval "exec ${SORT[1]}>&-"; cat <&$out; wait
