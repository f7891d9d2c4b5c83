# SPDX-License-Identifier: BSD-2-Clause
# Cut, paste, fold, expand, tr, wc, nl, rev, tac, head, tail.
printf 'a:b:c\nd:e:f\n' >f
cut -d: -f2 f; cut -d: -f1,3 f; cut -c1-3 f; cut -d: -f2- f; cut -b 2 f
paste f f; paste -d, -s f; seq 1 6 | paste - - -
echo 'the quick brown fox jumps over the lazy dog' | fold -w 10; echo 'the quick brown fox' | fold -s -w 10
printf 'a\tb\n' | expand; printf 'a\tb\n' | expand -t 4; printf '        x\n' | unexpand | od -c
echo hello | tr a-y b-z; echo hello | tr -d l; echo aabbcc | tr -s a-c; echo abc123 | tr -cd 0-9; echo; echo abc | tr '[:lower:]' '[:upper:]'
printf 'one two\nthree\n' | wc; wc -l f; printf 'longest line\nx\n' | wc -L
nl f; rev f; tac f; seq 1 100 | head -n 3; seq 1 100 | tail -n 3; seq 1 10 | tail -n +8; seq 1 10 | head -n -7; seq 1 100 | head -c 10; echo
seq 3; seq 1 3 10; seq 5 -2 1; seq -w 8 11; seq -s, 1 5
yes x | head -n 3
strings /dev/stdin <<'EOF'
some text here
EOF
printf 'dos\r\nline\r\n' | dos2unix | od -c
echo text | base64; echo text | base64 | base64 -d
shuf -i 1-50 | sort -n | md5sum
