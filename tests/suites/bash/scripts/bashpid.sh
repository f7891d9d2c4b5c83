# SPDX-License-Identifier: BSD-2-Clause
# BASHPID, PPID, SHLVL and subshell depth.
[[ $BASHPID = "$$" ]] && echo top; (( $(echo $BASHPID) != $$ )) && echo substitution; (echo $BASH_SUBSHELL; (echo $BASH_SUBSHELL))
(echo $BASHPID >in; echo $$ >top); [[ $(<in) != "$$" && $(<top) = "$$" ]] && echo subshell
bash -c 'echo $PPID' >p; [[ $(<p) = "$$" ]] && echo ppid; a=$SHLVL; b=$(bash -c 'echo $SHLVL; :'); echo $((b - a))
{ echo $BASHPID; } | { read -r p; [[ $p != "$$" ]] && echo pipe; }; shopt -s lastpipe; echo v | read -r kept; echo "$kept"
(exec bash -c 'echo $$ >e') & wait $!; [[ $(<e) = "$!" ]] && echo exec keeps it; : "${PIPESTATUS[@]}"; true | false | (exit 4); echo "${PIPESTATUS[@]}"
[[ $RANDOM != "$RANDOM" || $RANDOM != "$RANDOM" ]] && echo random; [[ $EPOCHSECONDS -gt 1700000000 ]] && echo epoch; ((SECONDS < 60)) && echo seconds
