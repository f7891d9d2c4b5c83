# SPDX-License-Identifier: BSD-2-Clause
# A token goes through a ring of processes.
for i in 0 1 2 3 4; do mkfifo r$i; done
for i in 0 1 2 3; do
	(exec 3<r$i 4>r$((i + 1)); while read -r n <&3; do echo $((n + 1)) >&4; done) &
done
exec 5>r0 6<r4
for round in $(seq 1 200); do echo $((round * 10)) >&5; read -r x <&6; sum=$((sum + x)); done
exec 5>&- 6<&-
wait
echo "$sum"
