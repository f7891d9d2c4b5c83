#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What process 1 does for the command besides running it.
. "$(dirname "$0")/lib.sh"

# run SCRIPT: standard output of a shell script in the guest
run() { bident_run -- sh -c "$1" </dev/null 2>"$work/err"; }

if [[ $SUBJECT != fake ]]; then
	is "$(run 'ls -d /.bident 2>/dev/null; echo end')" end "the agent's folder is gone"
	like "$(run 'cat /proc/1/comm 2>/dev/null || ps')" "init" "process 1 is the agent"
	# shellcheck disable=SC2016
	is "$(run '(sh -c "sleep 0.2" &) ; (sh -c "sleep 0.3; exit 4" &); sleep 1.5; cat /proc/[0-9]*/stat | grep -c ") Z "')" 0 "orphans are buried"
	is "$(run 'grep -c " /proc " /proc/mounts')" 1 "/proc is mounted"
	is "$(run 'echo gone >/dev/null && head -c 4 /dev/zero | wc -c | tr -d " "')" 4 "/dev has null and zero"
	is "$(run 'cd /proc/self/fd && echo *')" "0 1 2 3" "no descriptors but the three, and the one that the shell reads the folder by"
fi
is "$(run 'grep -E "^Sig(Blk|Ign)" /proc/self/status | tr -d "\t\n"')" "SigBlk:0000000000000000SigIgn:0000000000000000" "no signal is blocked or ignored"
# shellcheck disable=SC2016
is "$(run 'set -- $(sed "s/.*) //" /proc/$$/stat); test $3 = $$ && test $4 = $$ && echo leader')" leader "the command leads a session and a group"
is "$(bident_run -- true </dev/null; echo $?)" 0 "true"
is "$(bident_run -- false </dev/null; echo $?)" 1 "false"
printf 'echo no-bang $#\n' >"$work/script"
if [[ $SUBJECT == fake ]]; then
	chmod 755 "$work" "$work/script"
	is "$(bident_run -- "$work/script" a b </dev/null)" "no-bang 2" "a script without #! is given to the shell"
else
	# shellcheck disable=SC2016
	is "$(run 'printf "echo no-bang \$#\n" >/tmp/s; chmod 755 /tmp/s; env /tmp/s a b')" "no-bang 2" "a script without #! is given to the shell"
fi

# Several runs at the same time do not know of each other.
for i in 1 2 3; do bident_run -- sh -c "sleep 0.5; echo $i" </dev/null >"$work/out.$i" & done
wait
is "$(cat "$work"/out.{1,2,3} | tr '\n' ' ')" "1 2 3 " "three machines at the same time"
done_testing
