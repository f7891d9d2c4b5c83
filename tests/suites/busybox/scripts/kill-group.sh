# SPDX-License-Identifier: BSD-2-Clause
# A process group of its own, ended with one kill.
setsid sh -c 'echo $$ >leader; sleep 1000 & sleep 1000 & sleep 1000 & echo ready >ready; wait' &
while [ ! -s ready ]; do sleep 0.05; done
read -r leader <leader
ps -o pgid,comm | awk -v g=$leader '$1 == g && $2 == "sleep"' | wc -l
kill -TERM -$leader; echo "kill $?"
wait 2>/dev/null
sleep 0.2
ps -o pgid,stat,comm | awk -v g=$leader '$1 == g && $2 !~ /Z/' | wc -l
