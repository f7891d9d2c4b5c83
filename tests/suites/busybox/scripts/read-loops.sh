# SPDX-License-Identifier: BSD-2-Clause
# Read in its variants.
printf 'a b c\n  d   e  \nf\\\ng\n' | while read x y; do echo "[$x][$y]"; done
printf 'a\\tb\n' | while read -r x; do echo "$x"; done
printf 'no newline' | { read x; echo "$x $?"; }
echo 'a:b::c' | { IFS=: read -r p q r s; echo "$p|$q|$r|$s"; }
printf '  keep  \n' | { IFS= read -r x; echo "[$x]"; }
seq 1 5 | while read n; do echo $((n * n)); done | { sum=0; while read s; do sum=$((sum + s)); done; echo $sum; }
total=0; while read n; do total=$((total + n)); done <<EOF
1
2
3
EOF
echo "kept $total"
seq 1 3 | while read n; do lost=$n; done; echo "lost: ${lost-nothing}"
printf '1\n2\n3\n4\n' >f; exec 3<f
while read a <&3 && read b <&3; do echo "$a,$b"; done
exec 3<&-
printf 'abcdef' | { read -n 3 x; echo "$x"; }
read x </dev/null; echo "end of file $?"
sleep 0.4 | { read -t 0.1 x; [ $? -ne 0 ] && echo "time over"; }
while IFS=, read -r k v; do eval "map_$k=\$v"; done <<EOF
red,1
blue,2
EOF
echo "$map_red $map_blue"
