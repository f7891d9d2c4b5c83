# SPDX-License-Identifier: BSD-2-Clause
# cpio archives of a tree
mkdir -p t/d; seq 1 100 >t/n; echo x >t/d/x; ln -s d/x t/l
(cd t && find . | sort | cpio -o -H newc 2>/dev/null) >a.cpio
cpio -t <a.cpio 2>/dev/null
mkdir x; (cd x && cpio -id <../a.cpio 2>/dev/null); diff -r t x && echo same; readlink x/l
