# SPDX-License-Identifier: BSD-2-Clause
# Zombies wait for their parent, statuses are not lost.
for i in $(seq 1 50); do (exit $i) & eval p$i=$!; done
sleep 0.3
for i in $(seq 50 -1 1); do eval "wait \$p$i"; [ $? = $i ] || echo "job $i: wrong status"; done
echo "all 50"
(for i in 1 2 3 4 5; do (exit 0) & done; sleep 0.2; ps -o ppid,stat | awk -v p=$(sh -c 'echo $PPID') '$1 == p && $2 ~ /Z/' | wc -l; wait)
