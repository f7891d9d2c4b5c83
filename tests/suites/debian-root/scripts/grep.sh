# SPDX-License-Identifier: BSD-2-Clause
# GNU grep: basic, extended, fixed, recursive, context, binary.
printf 'The cat\nsat on\nthe mat\nfoo.bar\nfoobar\n' >f; grep -n at f; grep -ci the f; grep -E '^(The|the)' f; grep -F foo.bar f; grep -w on f; grep -o '[a-z]*at' f; grep -v at f; grep -A1 -B1 sat f; grep -P '\bfoo\B' f; grep -x foobar f; grep zz f; echo $?
mkdir d; cp f d/a; echo cat >d/b; grep -rl cat d | sort; grep -rc cat d | sort; grep -h --include=b -r . d; printf 'a\0b\n' >bin; grep a bin; grep -a -c b bin; grep x nothing; echo $?; grep -q cat f && echo quiet; grep -m1 at f; grep -e cat -e mat f; seq 100000 | grep -c '99'; grep -z at f | tr '\0' '\n' | wc -l; egrep -o '(.)\1' f 2>/dev/null; fgrep -c . f 2>/dev/null
