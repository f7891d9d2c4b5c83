# SPDX-License-Identifier: BSD-2-Clause
# statuses of signals and programs
for s in HUP INT QUIT KILL TERM USR1 PIPE ALRM; do sh -c "kill -$s \$\$"; echo $s $?; done 2>/dev/null
for c in 0 1 2 77 126 127 128 200 255; do sh -c "exit $c"; echo $?; done
sh -c 'exit 256'; echo $?; (exit 300); echo $?; false; echo $?; no-such 2>/dev/null; echo $?
yes | head -n 1; echo $?
