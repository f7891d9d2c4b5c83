# SPDX-License-Identifier: BSD-2-Clause
# Many writers to one file by appending, none lost.
for i in $(seq 1 16); do
	(for j in $(seq 1 100); do echo "writer $i line $j"; done >>log) &
done
wait
wc -l <log
sort -k2n -k4n log | md5sum
awk '{ n[$2]++; if ($4 <= last[$2]) print "out of order"; last[$2] = $4 } END { for (i in n) if (n[i] != 100) print "lost", i }' log
