# SPDX-License-Identifier: BSD-2-Clause
# kill -9 of a tree of processes, by its session's group
cat >tree.sh <<'END'
d=$1
[ "$d" -gt 0 ] && for k in 1 2; do sh tree.sh $((d-1)) & done
echo $d >>started
sleep 100
END
setsid sh tree.sh 4 </dev/null >/dev/null 2>&1 &
leader=$!
while [ "$(wc -l <started 2>/dev/null || echo 0)" -lt 31 ]; do sleep 0.05; done
sort started | uniq -c
kill -9 -$leader 2>/dev/null || kill -9 -$(ps -o pid,args | awk '/tree.sh 4/ && !/awk/ {print $1; exit}')
sleep 0.3
ps -o args | grep -c '[t]ree.sh'
