# SPDX-License-Identifier: BSD-2-Clause
# signals to children: SIGINT ignored in background, TERM kills, status
( sleep 30 ) & p=$!; kill -INT $p; sleep 0.2; kill -0 $p && echo alive after int; kill -TERM $p; wait $p 2>/dev/null; echo $?
bash -c 'kill -SEGV $$' 2>/dev/null; echo $?; bash -c 'trap "" TERM; kill -TERM $$; echo survived'; bash -c 'trap "exit 9" INT; kill -INT $$; sleep 1'; echo $?
