# SPDX-License-Identifier: BSD-2-Clause
# Handlers run between commands, nested, and while waiting.
trap 'echo usr1' USR1; kill -USR1 $$; echo after
trap 'kill -USR1 $$; echo usr2' USR2; kill -USR2 $BASHPID
for s in HUP INT QUIT TERM ALRM VTALRM PROF WINCH IO PWR SYS XCPU XFSZ RTMIN RTMIN+5 RTMAX; do bash -c "trap 'echo $s \$?' $s; kill -$s \$\$; :"; done
n=0; trap '((n++))' RTMIN; for i in {1..20}; do kill -RTMIN $$; done; echo $n
(trap 'echo sub' TERM; kill -TERM $BASHPID; echo still) ; echo $?
bash -c 'kill -TERM $$; echo no'; echo $?
bash -c 'trap "" TERM; kill -TERM $$; bash -c "kill -TERM \$\$; echo inherited"'
trap 'echo woken' USR1; (sleep 0.2; kill -USR1 $$) & sleep 0.6 & wait -n; echo $?; wait
