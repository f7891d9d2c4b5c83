# SPDX-License-Identifier: BSD-2-Clause
# Case, globs and the expansions of parameters.
for w in apple Banana 42 '*' '' 'a b' foo.c -x; do
	case $w in
	[a-z]*.c) echo "$w: C" ;;
	apple|pear) echo "$w: fruit" ;;
	[A-Z]*) echo "$w: capital" ;;
	[0-9]*) echo "$w: number" ;;
	'*') echo "star" ;;
	'') echo "empty" ;;
	*' '*) echo "$w: space" ;;
	-?) echo "$w: option" ;;
	*) echo "$w: other" ;;
	esac
done
: >a.txt; : >b.txt; : >.hidden; : >'sp ace'; mkdir d; : >d/c.txt
echo *; echo *.txt; echo ?.txt; echo [!a]*; echo .h*; echo */*; echo no*match; echo "*"
p=/usr/local/lib/file.tar.gz
echo ${p##*/} ${p%/*} ${p%.*} ${p%%.*} ${p#/usr} ${#p}
echo ${u-def} ${u:-def} ${u+set} ${u:=assigned} $u ${u:+alt}
(echo ${nope:?is missing}) 2>&1; echo $?
s=hello; echo ${s/l/L} ${s//l/L} ${s:1:3}
set -- a 'b c' d; echo $#; for i in "$@"; do echo "[$i]"; done; for i in "$*"; do echo "[$i]"; done; echo "$2"
IFS=,; set -- 1 2 3; echo "$*"; unset IFS
v='x  y   z'; echo $v; echo "$v"
echo ~ | grep -c '^/'
echo a{b,c}d
