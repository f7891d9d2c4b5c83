# SPDX-License-Identifier: BSD-2-Clause
# Sessions and groups as /proc shows them.
ids() { sed 's/.*) //' /proc/$1/stat | awk -v p=$1 -v me=$2 '{ print ($3 == p ? "leads its group" : "in a group"), ($4 == p ? "leads its session" : "in a session") }'; }
sleep 100 & a=$!; ids $a; kill $a
setsid sleep 100 & b=$!; sleep 0.2; ids $b; kill $b
(set -m 2>/dev/null; sleep 100 & c=$!; sleep 0.1; ids $c; kill $c) 2>/dev/null
wait 2>/dev/null
sh -c 'sed "s/.*) //" /proc/self/stat | cut -d" " -f1'
