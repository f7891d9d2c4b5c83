# SPDX-License-Identifier: BSD-2-Clause
# Jobs ended by signals, and what wait says of them.
for s in HUP INT TERM KILL USR1 USR2 ALRM PIPE SEGV ABRT; do
	sh -c 'sleep 30' & p=$!
	trap "" INT
	sleep 0.02
	kill -$s $p 2>/dev/null
	[ $s = INT ] && kill -TERM $p
	wait $p 2>/dev/null
	echo "$s $?"
done
kill -0 $$; echo "self $?"
kill -TERM 99999999 2>/dev/null; echo "nobody $?"
