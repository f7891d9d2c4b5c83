# SPDX-License-Identifier: BSD-2-Clause
# A job stops itself, the shell sees it and continues it.
set -m
sh -c 'echo before; kill -STOP $$; echo after; exit 6' & p=$!
for i in {1..100}; do grep -q 'T (stopped)' /proc/$p/status && break; sleep 0.02; done
jobs -l | sed "s/$p/PID/; s/  */ /g"
kill -CONT $p; while wait $p; s=$?; ((s > 128)); do :; done; echo $s
sh -c 'trap "echo continued; exit 3" CONT; kill -TSTP $$; sleep 0.1; exit 9' & q=$!
for i in {1..100}; do grep -q 'T (stopped)' /proc/$q/status && break; sleep 0.02; done
kill -CONT $q; while wait $q; s=$?; ((s > 128)); do :; done; echo $s
