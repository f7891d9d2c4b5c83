# SPDX-License-Identifier: BSD-2-Clause
# Priorities as renice sets them and /proc shows them, from where they were.
prio() { sed "s/.*) //" /proc/$1/stat | cut -d" " -f17; }
base=$(prio $$)
sleep 100 & p=$!
echo $(($(prio $p) - base))
renice -n 2 -p $p; echo $(($(prio $p) - base))
renice -n 3 $p; echo $(($(prio $p) - base))
kill $p
renice -n 1 $$; echo $(($(sh -c "sed \"s/.*) //\" /proc/self/stat | cut -d\" \" -f17") - base))
renice -n 9 -p 99999999 2>/dev/null; echo "nobody: $?"
