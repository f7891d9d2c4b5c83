# SPDX-License-Identifier: BSD-2-Clause
# The dynamic bash: process substitution, arrays, coproc, wait -n.
diff <(seq 3) <(seq 4); declare -A m=([a]=1 [b]=2); echo "${m[a]}${m[b]}"; coproc cat; echo hi >&"${COPROC[1]}"; read -r x <&"${COPROC[0]}"; echo "$x"; kill $COPROC_PID; wait 2>/dev/null
{ sleep 0.1; exit 3; } & wait -n; echo $?; mapfile -t l < <(seq 100); echo ${#l[@]}; trap 'echo usr1' USR1; kill -USR1 $$; (trap 'echo sub' EXIT)
set -m; sleep 100 & kill %1; wait %1 2>/dev/null; echo $?; set +m; for i in {1..50}; do (exit $i) & done; wait; echo waited; [[ abc123 =~ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
