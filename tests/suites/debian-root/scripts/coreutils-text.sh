# SPDX-License-Identifier: BSD-2-Clause
# Sort, uniq, comm, join, cut, paste, tr, split, csplit, fmt, pr, tsort, shuf.
seq 1 20 | shuf | sort -n | head -3; printf 'a 1\nb 2\nc 3\n' >l; printf 'a x\nc y\nd z\n' >r; join l r; join -v1 l r; comm <(cut -d' ' -f1 l) <(cut -d' ' -f1 r); sort -k2r l; paste l r; tr a-c A-C <l
seq 1 1000 | split -l 300 - part; wc -l part*; cat part* | md5sum; seq 1 10 | csplit -s - 4 8; cat xx01; echo 'long line of words that will be broken up by fmt' | fmt -w 20; printf 'a b\nb c\n' | tsort; seq 5 | tac; echo abc | rev 2>/dev/null || echo no rev
seq 1 12 | pr -3 -t -l 4; nl l; fold -w 2 l | head -3; expand l | wc -c; od -c l | head -2; printf '%5.2f|%s\n' 3.14159 x; numfmt --to=iec 1048576; seq 1 3 | numfmt --padding=5; factor 1001; expr 6 \* 7; cksum l; sum l; b2sum l | cut -c1-20; base32 l; seq -f '%03g' 3; sort -u -t' ' -k1,1 l r | wc -l; sort -h <<<$'2K\n1M\n3'; uniq -c <<<$'a\na\nb'; echo a,b,c | cut -d, -f2-; wc l r
