# SPDX-License-Identifier: BSD-2-Clause
# Wait -n, wait -p, wait -f and many statuses.
(exit 5) & wait -n; echo $?
{ sleep 0.6; exit 1; } & { sleep 0.1; exit 2; } & { sleep 0.3; exit 3; } &
wait -n; echo $?; wait -n; echo $?; wait -n; echo $?; wait -n; echo "none left $?"
sleep 0.5 & a=$!; (exit 9) & b=$!
wait -n -p who $a $b; echo "$? $([[ $who = "$b" ]] && echo b)"; wait
for i in {1..30}; do (exit $i) & pids[i]=$!; done
for i in {30..1}; do wait ${pids[i]}; [[ $? = "$i" ]] || echo "wrong for $i"; done; echo all
wait 2>&1 1 | sed 's/.*wait: //'
max=4 running=0; for i in {1..20}; do ((running++ < max)) || { wait -n; ((running--)); }; { sleep 0.0$((i % 3)); echo $i >>log; } & done; wait; sort -n log | tr '\n' ' '; echo
