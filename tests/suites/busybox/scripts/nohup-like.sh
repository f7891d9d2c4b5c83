# SPDX-License-Identifier: BSD-2-Clause
# Processes that outlive their parents.
sh -c '(sleep 0.3; echo orphan >orphan) & echo parent ends'
[ -e orphan ] && echo "too early"
n=0; while [ ! -s orphan ] && [ $n -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
cat orphan
sh -c 'trap "" HUP; setsid sh -c "kill -HUP \$\$; echo survived" >survived 2>&1 & wait'
cat survived
sh -c 'sh -c "while [ ! -e go ]; do sleep 0.02; done; ps -o pid,ppid | grep \"^ *\$\$ \" >after" & exit 0'
: >go
n=0; while [ ! -s after ] && [ $n -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
awk '{ print NF }' after
start-stop-daemon -S -b -m -p "$PWD/pid" -x "$(echo "${PATH%%:*}/busybox")" -- sleep 1000
n=0; while [ ! -s pid ] && [ $n -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
kill $(cat pid); echo "daemon killed $?"
