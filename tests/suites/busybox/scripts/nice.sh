# SPDX-License-Identifier: BSD-2-Clause
# Priorities as renice sets them and /proc shows them.
prio() { sed 's/.*) //' /proc/$1/stat | cut -d' ' -f17; }
sleep 100 & p=$!
prio $p
renice -n 5 -p $p; prio $p
renice -n 10 $p; prio $p
kill $p
renice -n 3 $$ >/dev/null; sh -c 'sed "s/.*) //" /proc/self/stat | cut -d" " -f17'
renice -n 99 -p 99999999 2>/dev/null; echo "nobody: $?"
