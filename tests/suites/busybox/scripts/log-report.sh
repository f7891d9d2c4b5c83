# SPDX-License-Identifier: BSD-2-Clause
# A log of requests made and evaluated.
awk 'BEGIN { s = 7; for (i = 0; i < 3000; i++) { s = (s * 69069 + 1) % 4294967296; printf "10.0.0.%d - [%02d:%02d] \"GET /page%d\" %d %d\n", int(s / 65536) % 20, int(i / 125), i % 60, int(s / 1048576) % 9, int(s / 16777216) % 10 ? 200 : 404, int(s / 4096) % 5000 } }' >log
cut -d' ' -f1 log | sort | uniq -c | sort -k1,1nr -k2 | head -n 5
awk '{ n[$6]++ } END { for (i in n) print i, n[i] }' log | sort
grep ' 404 ' log | sed 's/.*GET \([^"]*\)".*/\1/' | sort | uniq -c | sort -k1,1nr -k2
awk -F'[][:]' '{ h[$2] += 1 } END { for (i = 0; i < 24; i++) printf "%02d %d\n", i, h[sprintf("%02d", i)] }' log
awk '{ b += $7 } END { print b }' log; sort -t' ' -k7n log | tail -n 2
split_by() { while read -r line; do set -- $line; echo "$line" >>host.$1; done; }; head -n 200 log | split_by; ls host.* | wc -l; cat host.* | wc -l
