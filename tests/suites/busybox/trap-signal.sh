# SPDX-License-Identifier: BSD-2-Clause
# traps of signals, ignored and reset ones
trap 'echo got USR1' USR1
kill -USR1 $$
trap 'echo got TERM' TERM
kill -TERM $$
trap '' HUP
kill -HUP $$
sh -c 'kill -HUP $$; echo hup stays ignored'
trap - USR1
sh -c 'kill -USR1 $$'; echo status $?
(kill -USR2 $(sh -c 'echo $PPID')); echo status $?
