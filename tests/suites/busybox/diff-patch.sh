# SPDX-License-Identifier: BSD-2-Clause
# diff and patch
seq 1 20 >a; sed -e 3d -e 's/^10$/ten/' -e '15a\
fifteen and a half' a >b
diff -u a b | tail -n +3; diff a a && echo same; diff -q a b
diff -u a b >p; cp a c; patch c <p; cmp b c && echo patched; patch -R c <p >/dev/null; cmp a c && echo back
