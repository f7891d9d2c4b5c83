# SPDX-License-Identifier: BSD-2-Clause
# a coprocess that is asked several times
coproc CALC { while read -r n; do echo $((n * n)); done; }
for i in 2 3 12; do echo $i >&"${CALC[1]}"; read -r r <&"${CALC[0]}"; echo "$i -> $r"; done
exec {CALC[1]}>&-; wait "$CALC_PID"; echo ended $?
coproc { cat; }; echo through >&"${COPROC[1]}"; read -r x <&"${COPROC[0]}"; echo "$x"; eval "exec ${COPROC[1]}>&-"; wait
