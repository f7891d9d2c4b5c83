# SPDX-License-Identifier: BSD-2-Clause
# Wait is interrupted by a signal that has a trap.
trap 'echo caught' USR1
sleep 1 & job=$!
(sleep 0.2; kill -USR1 $$) &
wait $job
echo "status $?"
wait $job
echo "then $?"
count=0
trap 'count=$((count + 1))' USR2
for i in 1 2 3 4 5; do kill -USR2 $$; done
echo "count $count"
