# SPDX-License-Identifier: BSD-2-Clause
# Five hundred processes alive at once.
mkfifo gate
exec 3<>gate
i=0
while [ $i -lt 500 ]; do
	sh -c 'read line <gate; exit 0' &
	i=$((i + 1))
done
echo started $i
jobs=$(ps -o ppid | grep -c "^ *$$\$")
[ "$jobs" -ge 500 ] && echo "500 or more are children" || echo "only $jobs children"
for i in $(seq 1 500); do echo go; done >&3
wait
echo all ended
