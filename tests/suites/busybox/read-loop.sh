# SPDX-License-Identifier: BSD-2-Clause
# read: fields, IFS, -r, end of file, while in a pipe
printf 'a b  c d\n  lead\\ing\nlast' | while read x y; do echo "[$x][$y]"; done
printf 'k=v=w\n' | { IFS== read -r k v; echo "$k|$v"; }
printf 'a:b::c\n' | { IFS=: read -r a b c d; echo "$a,$b,$c,$d"; }
n=0; seq 1 500 >f; while read -r l; do n=$((n + l)); done <f; echo $n
while read -r l <&3; do echo "$l"; done 3<<END
three
END
read -r x </dev/null; echo $?
