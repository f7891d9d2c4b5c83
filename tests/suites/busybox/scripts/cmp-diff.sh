# SPDX-License-Identifier: BSD-2-Clause
# Cmp, diff, patch.
cat >a <<'EOF'
one
two
three
four
five
six
seven
eight
EOF
sed 's/three/3/;/six/d;$a\nine' a >b
cmp a b; echo $?
cmp -s a a; echo $?
diff -L a -L b a b; echo $?
diff -L a -L b -U 1 a b >p; cat p
cp a c; patch c p; cmp b c && echo patched
patch -R c p; cmp a c && echo reversed
diff a a; echo $?
diff -q a b; echo $?
mkdir d1 d2; cp a d1/x; cp b d2/x; echo only >d1/y; diff -rq d1 d2 | sort
diff -w -L a -L b - a <<'EOF' && echo "but for spaces the same"
one
 two
three
four
five 
six
seven
eight
EOF
echo garbage | patch c 2>/dev/null; echo $?
