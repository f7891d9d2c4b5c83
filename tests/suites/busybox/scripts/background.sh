# SPDX-License-Identifier: BSD-2-Clause
# Background jobs, wait, $!, and their statuses.
for i in 1 2 3 4 5 6 7 8; do (exit $((i * 3))) & pids="$pids $!"; done
for pid in $pids; do wait "$pid"; echo "status $?"; done
sleep 0.1 & a=$!
sh -c 'exit 9' & b=$!
wait $b; echo "b $?"
wait $a; echo "a $?"
wait $a; echo "a again $?"
wait 99999999; echo "not a child $?"
for i in 1 2 3 4; do { sleep 0.$i; echo "job $i" >>order; } & done
wait; echo "wait for all $?"
cat order
