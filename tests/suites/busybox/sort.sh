# SPDX-License-Identifier: BSD-2-Clause
# sort by keys, numbers, reverse, unique, stable, -t
printf 'b 2\na 10\nc 1\na 2\n' >f
sort f; echo; sort -k2n f; echo; sort -k1,1 -k2,2nr f; echo; sort -r f; echo; sort -u -k1,1 f
printf 'x:3\ny:1\nz:2\n' | sort -t: -k2
printf '10\n9\n-3\n1e2\n' | sort -n; printf '1K\n1M\n2\n' | sort -h
sort -c f 2>/dev/null; echo $?
seq 1 20000 | awk '{ print ($1 * 7919) % 20011 }' | sort -n | md5sum
