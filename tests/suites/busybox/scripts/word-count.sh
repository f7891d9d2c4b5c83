# SPDX-License-Identifier: BSD-2-Clause
# The words of a text, counted and ranked.
awk 'BEGIN { s = 42; for (i = 0; i < 20000; i++) { s = (s * 1103515245 + 12345) % 2147483648; printf "%s%s", substr("theofandtoiniswasitforonareashisthey", int(s / 65536) % 30 + 1, int(s / 256) % 4 + 1), i % 12 == 11 ? "\n" : " " } }' >text
wc text
tr -s ' ' '\n' <text | sort | uniq -c | sort -k1,1nr -k2 | head -n 15
tr -s ' ' '\n' <text | awk '{ n[length($0)]++ } END { for (l in n) print l, n[l] }' | sort -n
tr ' ' '\n' <text | grep -c '^t'
fold -w 60 -s text | tail -n 3
