# SPDX-License-Identifier: BSD-2-Clause
# What ps, top, pgrep, pkill, pstree and fuser of Debian see of processes that this shell has made. (OBS-6)
sleep 300 & s=$!
same() { [ "$1" = "$2" ] && echo "$3" || echo "$3: $1 is not $2"; }
set -- $(ps -o pid=,ppid=,pgid=,sid=,uid=,ni=,nlwp=,comm= -p $s)
same $1 $s pid; same $2 $$ ppid; same $3 "$(ps -o pgid= -p $$ | tr -d ' ')" pgid; same $4 "$(ps -o sid= -p $$ | tr -d ' ')" sid; same $5 "$(id -u)" uid; same $6 "$(nice)" nice; echo "$7 $8"
sleep 0.3; ps -o stat= -p $s | cut -c1; kill -STOP $s; sleep 0.2; ps -o stat= -p $s | cut -c1; kill -CONT $s; sleep 0.2; ps -o stat= -p $s | cut -c1
ps -o args= -p $s; ps -o user= -p $s; ps --ppid $$ -o comm= | sort; ps -o etimes= -p $s | awk '{ print ($1 < 30) }'; ps -o rss=,vsz= -p $s | awk '{ print ($1 > 0), ($2 > $1) }'; [ -n "$(ps -o lstart= -p $s)" ]; echo $?
same "$(pgrep -P $$ -x sleep)" $s pgrep; pgrep -c -P $$ sleep; pgrep -l -P $$ sleep | cut -d' ' -f2; pgrep -P $s; echo $?
sleep 301 & t=$!
same "$(ps --sort=start_time -o pid= -p $t,$s | tr -d ' ' | tr '\n' ' ')" "$s $t " order; same "$(pgrep -n -P $$ sleep)" $t newest; same "$(pgrep -o -P $$ sleep)" $s oldest
pstree $$; pstree -p $$ | grep -c "($s)"; top -b -n 1 -p $s,$t | awk '$12 == "sleep" { print $2, $8, $12 }'
sh -c 'sleep 302 & exec sleep 303' & u=$!
sleep 0.3; pstree $u; same "$(ps -o ppid= -p "$(pgrep -P $u)" | tr -d ' ')" $u grandchild; kill $(pgrep -P $u); sleep 0.3; ps -o stat=,comm= --ppid $u | sed 's/^\(.\)[^ ]*  */\1 /'; kill $u; wait $u 2>/dev/null; echo $?
pkill -P $$ -f 'sleep 301'; wait $t 2>/dev/null; echo $?; ps -p $t | wc -l; echo ${PIPESTATUS[0]}; { pkill -KILL -P $$ -x sleep; wait $s; } 2>/dev/null; echo $?; pgrep -P $$ sleep; echo $?
echo x >held; sleep 304 <held & v=$!
same "$(fuser held 2>/dev/null | tr -d ' ')" $v fuser; readlink /proc/$v/fd/0 | sed 's|.*/||'; kill $v; wait $v 2>/dev/null
ps -e -o pid= | wc -l | awk '{ print ($1 > 1) }'; ps -eo ppid,pid,stat,comm | awk 'NR == 1 { print $1, $2, $3, $4 }'; free | awk 'NR == 2 { print NF }'; uptime >/dev/null; echo $?
