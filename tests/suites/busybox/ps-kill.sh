# SPDX-License-Identifier: BSD-2-Clause
# errors: not compared
# ps, pidof, kill -l, kill by name of signal
sleep 97 & p=$!
kill -0 $p && echo alive
kill -STOP $p; sleep 0.1; awk '{ print $3 }' /proc/$p/stat
kill -CONT $p; sleep 0.1; awk '{ print $3 }' /proc/$p/stat
kill -TERM $p; wait $p; echo $?
kill -0 $p 2>/dev/null; echo $?
kill -l 9; kill -l 15; kill -l TERM; kill -l | head -c 20 | wc -c
