# SPDX-License-Identifier: BSD-2-Clause
# seq, tr, wc, cut, paste, fold, expand, rev, tac, nl, comm, uniq
seq 5 -2 -3; seq -w 8 11; seq 0.5 0.5 2
echo 'Hello World' | tr a-z A-Z; echo aabbcc | tr -s a-c; echo a1b2 | tr -d 0-9; echo abc | tr -c a X; echo
printf 'one two\nthree\n' | wc; printf 'x' | wc -l; printf 'ab\ncd\n' | wc -c
echo 'a:b:c:d' | cut -d: -f2,4; echo abcdef | cut -c2-4; echo abcdef | cut -b1,6
seq 1 6 | paste - - -; seq 1 4 | paste -s -d+; printf '1\n2\n' >x; printf 'a\nb\n' >y; paste x y
echo 'a long line of words to fold' | fold -w 10; echo 'a long line of words' | fold -s -w 10
printf 'a\tb\n' | expand; printf 'a       b\n' | unexpand -a
echo abc | rev; seq 1 3 | tac; printf 'p\nq\n' | nl
printf 'a\nb\nc\n' >x; printf 'b\nc\nd\n' >y; comm x y; comm -12 x y
printf 'a\na\nb\na\n' | uniq -c; printf 'a\na\nb\n' | uniq -d; printf 'a\na\nb\n' | uniq -u
