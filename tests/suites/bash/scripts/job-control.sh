# SPDX-License-Identifier: BSD-2-Clause
# set -m: jobs, their groups, stop and continue
# errors: not compared
set -m
sleep 50 & a=$!
[ "$(cut -d' ' -f5 /proc/$a/stat)" = $a ] && echo own group
kill -STOP %1; sleep 0.2; jobs %1 | sed 's/  */ /g'
kill -CONT %1; sleep 0.2; jobs -r | wc -l
kill %1; wait $a; echo $?
(sleep 0.1; exit 5) & wait %1; echo $?
jobs -p | wc -l
