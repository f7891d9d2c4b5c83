# SPDX-License-Identifier: BSD-2-Clause
# Mutual exclusion by mkdir, and a counter that loses nothing.
echo 0 >counter
add() { for i in 1 2 3 4 5 6 7 8 9 10; do
	until mkdir lock 2>/dev/null; do sleep 0.01; done
	read -r n <counter; echo $((n + 1)) >counter
	rmdir lock
done; }
for w in 1 2 3 4 5 6; do add & done; wait
cat counter
