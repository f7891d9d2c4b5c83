# SPDX-License-Identifier: BSD-2-Clause
# a worker pool of four over a fifo of tasks, results sorted
mkfifo tasks; i=0
worker() { while read -r n; do echo "$n $((n * n))"; done; }
for w in 1 2 3 4; do :; done
exec 3<>tasks
seq 1 50 >&3
for w in 1 2 3 4; do ( k=0; while [ $k -lt 12 ] && read -r n <&3; do echo "$n $((n * n))"; k=$((k+1)); done ) >r$w & done
wait; cat r* | wc -l; cat r* | sort -n | awk 'prev == $1 { print "twice", $1 } { prev = $1 }'
