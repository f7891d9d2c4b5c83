# SPDX-License-Identifier: BSD-2-Clause
# Keys, numbers, reverse, unique, merges.
cat >t <<'EOF'
banana 3 x
apple 10 z
cherry 2 y
apple 9 a
date 10 b
EOF
sort t; echo --; sort -k2n t; echo --; sort -k1,1 -k2,2nr t; echo --; sort -rk3 t
sort -u -k1,1 t | wc -l
printf '10\n9\n2\n1\n' | sort; printf '10\n9\n2\n1\n' | sort -n | tr '\n' ' '; echo
printf 'b:2\na:3\nc:1\n' | sort -t: -k2
printf 'B\na\nC\n' | sort -f; printf '3\n1\n' | sort -c; echo $?
seq 1 20000 | sort -r | sort -n | md5sum
seq 1 20000 | awk '{ print ($1 * 7919) % 20011 }' | sort -n | uniq | wc -l
printf 'a\0c\0b\0' | sort -z | tr '\0' ' '; echo
printf 'x 1\nx 2\na 1\n' | sort -s -k1,1
printf 'Feb\nJan\nDec\n' | sort -M
sort -o t t; head -n 1 t
