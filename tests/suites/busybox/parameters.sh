# SPDX-License-Identifier: BSD-2-Clause
# parameter expansion
x=path/to/file.tar.gz; echo ${x#*/} ${x##*/} ${x%.*} ${x%%.*} ${#x} ${x:5:2}
unset u; e=; echo ${u-def} ${u:-def} ${e-def} ${e:-def} ${u+alt} ${x:+alt} ${u:=set} $u
(echo ${nope?message}) 2>/dev/null; echo $?
echo ${x/to/TO} ${x//e/E}
set -- one 'two three' four; echo $# "$2"; for a; do echo "<$a>"; done; echo "$*"; IFS=-; echo "$*"; IFS=' '; shift 2; echo "$@"
