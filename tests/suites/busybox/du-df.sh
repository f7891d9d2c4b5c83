# SPDX-License-Identifier: BSD-2-Clause
# du of a known tree, cp -r, mv, rm -r
mkdir -p t/a t/b; dd if=/dev/zero of=t/a/x bs=4096 count=10 2>/dev/null; cp -r t u; mv u/a u/c; find t u -type f | sort
du -b t/a/x 2>/dev/null | cut -f1; rm -r t; ls; rm -rf none; echo $?; rm none 2>/dev/null; echo $?
mv u/c/x y; ls -l y | awk '{print $5}'; rmdir u/b u/c u; ls
