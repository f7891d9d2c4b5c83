# SPDX-License-Identifier: BSD-2-Clause
# Stop and continue of a job, seen by its parent.
(i=0; while :; do i=$((i + 1)); echo $i >count.new; mv count.new count; sleep 0.02; done) & p=$!
while [ ! -s count ]; do sleep 0.02; done
kill -STOP $p; sleep 0.2; a=$(cat count); sleep 0.3; b=$(cat count); [ "$a" = "$b" ] && echo stopped
kill -CONT $p; sleep 0.3; c=$(cat count); [ "$c" != "$b" ] && echo continued
kill -STOP $p; sleep 0.2; kill -TERM $p; sleep 0.1; kill -0 $p 2>/dev/null && echo "a stopped one waits with its death"
kill -CONT $p 2>/dev/null; wait $p 2>/dev/null; echo $?
sleep 100 & q=$!; kill -STOP $q; kill -KILL $q; wait $q 2>/dev/null; echo $?
