# SPDX-License-Identifier: BSD-2-Clause
# Time limits, their statuses, and what sleeps.
timeout 5 true; echo $?
timeout 5 sh -c 'exit 9'; echo $?
timeout 0.2 sleep 10; echo $?
timeout -s KILL 0.2 sleep 10; echo $?
timeout -s INT 0.2 sh -c 'trap "echo int; exit 4" INT; sleep 1 & wait'; echo $?
timeout 1 no-such-program 2>/dev/null; echo $?
start=$(date +%s); sleep 1.2; end=$(date +%s); [ $((end - start)) -ge 1 ] && [ $((end - start)) -le 10 ] && echo slept
sleep 0; echo $?; sleep 0.05 0.05; echo $?; sleep x 2>/dev/null; echo $?
usleep 1000; echo $?
time true 2>&1 | cut -c1-4 | head -n 3
{ time -f '' sleep 0.1; } 2>&1 | wc -l
