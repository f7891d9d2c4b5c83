# SPDX-License-Identifier: BSD-2-Clause
# Set -m, jobs, bg, fg, stopped jobs and their groups.
set -m
sleep 100 & a=$!
sleep 101 & b=$!
jobs | sed 's/  */ /g'
kill %1; wait %1 2>/dev/null; echo $?
group() { sed 's/.*) //' /proc/$1/stat | cut -d' ' -f3; }
[[ $(group $b) = "$b" ]] && echo "a group of its own"
[[ $(group $$) != "$b" ]] && echo "not ours"
kill -STOP %2; sleep 0.3; jobs -s | sed 's/  */ /g'
bg %2 >/dev/null; sleep 0.2; jobs -r | sed 's/  */ /g'
kill %2; wait %2 2>/dev/null; echo $?
sh -c 'sleep 0.2; exit 4' & fg >/dev/null; echo "fg $?"
(sleep 100 | sleep 100) & c=$!; sleep 0.1; kill -- -$c; wait $c 2>/dev/null; echo $?
jobs; echo "no more"
set +m
sleep 50 & d=$!; [[ $(group $d) != "$d" ]] && echo "our group"; disown $d; jobs; kill $d
