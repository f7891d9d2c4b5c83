# SPDX-License-Identifier: BSD-2-Clause
# Programs of awk.
cat >data <<'EOF'
apple 3 0.50
pear 12 0.25
plum 7 1.10
apple 5 0.45
plum 1 1.20
EOF
awk '{ n[$1] += $2; v[$1] += $2 * $3 } END { for (i in n) printf "%-6s %3d %6.2f\n", i, n[i], v[i] }' data | sort
awk 'BEGIN { for (i = 1; i <= 15; i++) printf "%s ", i % 15 ? i % 5 ? i % 3 ? i : "fizz" : "buzz" : "fizzbuzz"; print "" }'
awk 'function fact(n) { return n <= 1 ? 1 : n * fact(n - 1) } BEGIN { print fact(12) }'
awk -F: -v OFS=- '{ $2 = toupper($2); print $1, $2, NF, NR }' <<'EOF'
a:b:c
d:e
EOF
awk 'BEGIN { s = "the quick brown fox"; n = split(s, w); for (i = n; i > 0; i--) printf "%s ", w[i]; print length(s), index(s, "quick"), substr(s, 5, 5) }'
awk 'BEGIN { x = "aaa"; print gsub(/a/, "b", x), x; print match("foobar", /o+/), RSTART, RLENGTH }'
awk 'NR == FNR { price[$1] = $2; next } { print $1, $2, $2 * price[$1] }' - data <<'EOF'
apple 10
pear 20
plum 30
EOF
awk 'BEGIN { while (("seq 1 5" | getline x) > 0) s += x; close("seq 1 5"); print s }'
awk 'BEGIN { print "b\na\nc" | "sort"; close("sort"); print "sorted" }'
awk 'BEGIN { print "to a file" >"out"; close("out"); while ((getline line <"out") > 0) print "read", line }'
awk 'BEGIN { print system("exit 3") }'
awk 'BEGIN { printf "%x %o %e %g %c %5.1f|%-5s|%05d\n", 255, 8, 12345.678, 0.0001, 65, 3.14159, "ab", 42 }'
awk 'BEGIN { exit 4 } END { print "end" }'; echo $?
seq 1 10000 | awk '{ s += $1 } END { print s }'
awk 'BEGIN { x = 2; for (i = 0; i < 20; i++) x = (x + 2 / x) / 2; print int(x * 100000) }'
