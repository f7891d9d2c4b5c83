# SPDX-License-Identifier: BSD-2-Clause
# Handlers of the shell for every signal that can be caught.
for s in HUP INT QUIT USR1 USR2 PIPE ALRM TERM CHLD CONT TSTP TTIN TTOU URG XCPU WINCH IO SYS; do
	sh -c "trap 'echo got $s' $s; kill -$s \$\$; echo after" 2>&1
done
sh -c 'trap "echo one; kill -USR2 $$" USR1; trap "echo two" USR2; kill -USR1 $$; echo end'
sh -c 'trap "" TERM; kill -TERM $$; echo ignored; sh -c "kill -TERM \$\$; echo inherited"'
sh -c 'trap "echo x" USR1; trap'
kill -KILL $(sh -c 'sleep 30 >/dev/null & echo $!'); echo $?
