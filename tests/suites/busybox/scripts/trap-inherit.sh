# SPDX-License-Identifier: BSD-2-Clause
# What a subshell and a program inherit of traps and ignored signals.
trap 'echo parent' USR1
trap '' USR2
(kill -USR2 $(sh -c 'echo $PPID'); echo "ignored in a subshell")
sh -c 'kill -USR2 $$; echo "ignored in a program"'
sh -c 'kill -USR1 $$; echo "not reached"' 2>/dev/null
echo "default in a program: $?"
kill -USR1 $$
x=$(trap '' TERM; kill -TERM $(sh -c 'echo $PPID'); echo kept)
echo "$x"
