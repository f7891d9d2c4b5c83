# SPDX-License-Identifier: BSD-2-Clause
# awk programs: fields, arrays, functions, printf, getline
printf 'alice 3 10\nbob 5 20\ncarol 7 30\nbob 2 5\n' >d
awk '{ sum[$1] += $2 * $3 } END { for (k in sum) print k, sum[k] }' d | sort
awk 'function fact(n) { return n <= 1 ? 1 : n * fact(n-1) } BEGIN { for (i = 1; i <= 12; i++) printf "%2d! = %d\n", i, fact(i) }'
awk 'BEGIN { while (("echo a b; echo c d" | getline l) > 0) { split(l, p, " "); print p[2], p[1] } }'
awk -F: 'BEGIN { OFS="-" } { $2 = toupper($2); print; print length($0), substr($0, 2, 3), index($0, "c") }' <<END
a:bb:ccc
END
awk 'BEGIN { printf "%5.2f|%-5s|%05d|%x|%c|%e\n", 3.14159, "ab", 42, 255, 65, 12345.678 }'
awk 'BEGIN { s = "aXbXc"; n = gsub(/X/, "--", s); print n, s; print match("foobar", /o+/), RSTART, RLENGTH }'
seq 1 1000 | awk '{ s += $1; q += $1^2 } END { print NR, s, q, sqrt(q) }'
