# SPDX-License-Identifier: BSD-2-Clause
# Mawk programs.
seq 1 100 | mawk '{ s += $1; q += $1 * $1 } END { print s, q, s / NR }'; mawk 'BEGIN { printf "%.4f %.4f %.4f\n", sin(1), exp(1), log(10); x["a"] = 1; if ("a" in x) print "in"; print length("hello"), substr("hello", 2, 3), index("hello", "l"), toupper("up"); n = split("a:b:c", p, ":"); print n, p[3] }'
printf 'k1 3\nk2 5\nk1 4\n' | mawk '{ t[$1] += $2 } END { for (k in t) print k, t[k] | "sort" }'; mawk 'BEGIN { while (("echo one; echo two" | getline l) > 0) print "got " l; print "x" | "cat"; close("cat"); print system("exit 3") }'; mawk 'BEGIN { s = "foo bar"; gsub(/o/, "0", s); print s; match(s, /b.r/); print RSTART, RLENGTH; exit 4 }'; echo $?
mawk 'function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) } BEGIN { print f(18) }'; echo 'a,b,c' | mawk -F, -v OFS=- '{ $2 = "X"; print; print NF }'; mawk 'BEGIN { for (i = 0; i < 20000; i++) a[i % 977] += i; for (i in a) n += a[i]; print n; print ENVIRON["HOME"]; print ARGC }' x y
