# SPDX-License-Identifier: BSD-2-Clause
# mktemp, test's file operators
f=$(mktemp ./tmp.XXXXXX); d=$(mktemp -d ./dir.XXXXXX)
[ -f $f ] && [ ! -s $f ] && [ -d $d ] && echo made
stat -c %a $f $d
echo x >$f; [ -s $f ] && [ -r $f ] && [ -w $f ] && [ ! -x $f ] && echo tests
[ a = a ] && [ a != b ] && [ -n x ] && [ -z '' ] && [ 3 -lt 10 ] && [ ! 3 -gt 10 ] && echo strings
touch -d '2001-01-01 00:00:00' old; [ $f -nt old ] && [ old -ot $f ] && echo times
mkfifo p; [ -p p ] && [ -c /dev/null ] && echo kinds
