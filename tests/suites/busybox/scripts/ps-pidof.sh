# SPDX-License-Identifier: BSD-2-Clause
# Processes as ps, pidof, kill and /proc tell of them.
sleep 1234 & p=$!
while [ "$(cat /proc/$p/comm)" != sleep ]; do sleep 0.02; done
ps -o pid,comm,args | awk -v p=$p '$1 == p'  | sed "s/^ *$p/PID/"
ps -o pid,ppid,stat | awk -v p=$p -v me=$$ '$1 == p { print $2 == me, substr($3, 1, 1) }'
pidof sleep | tr ' ' '\n' | grep -cx $p
tr '\0' ' ' </proc/$p/cmdline; echo
cat /proc/$p/comm
grep -E '^(Name|State|PPid):' /proc/$p/status | sed "s/$$/SELF/"
kill -STOP $p; sleep 0.2; grep State /proc/$p/status
kill -CONT $p; sleep 0.2; grep State /proc/$p/status
kill -l 9; kill -l TERM; kill -l | head -n 3
kill $p; wait $p 2>/dev/null; echo $?
[ -e /proc/$p ] || echo gone
readlink /proc/self/cwd | grep -qx "$(pwd)" && echo cwd
(exec sleep 0.5) & sleep 0.1; readlink /proc/$!/exe | sed 's,.*/,,'; wait
cd /proc/self && ls -d fd maps stat status cmdline
(sh -c 'exit 7' & exec sleep 0.5) & sleep 0.2; ps -o ppid,stat | awk -v p=$! '$1 == p { print substr($2, 1, 1) }'; wait
