# SPDX-License-Identifier: BSD-2-Clause
# background jobs and wait, with their statuses
for i in 1 2 3 4 5; do (sleep 0.0$i; exit $i) & pids="$pids $!"; done
for p in $pids; do wait $p; echo $?; done
wait
echo done $?
