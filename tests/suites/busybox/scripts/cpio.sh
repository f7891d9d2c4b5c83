# SPDX-License-Identifier: BSD-2-Clause
# Archives by cpio, out and in.
mkdir -p tree/dir; echo one >tree/one; echo two >tree/dir/two; ln -s one tree/link; chmod 600 tree/one
(cd tree && find . | sort | cpio -o -H newc 2>/dev/null) >a.cpio
cpio -t <a.cpio 2>/dev/null
mkdir out; (cd out && cpio -idm 2>/dev/null <../a.cpio)
diff -r tree out && echo same
stat -c '%a %F %n' out/one out/link out/dir
(cd tree && find . -type f | cpio -o -H newc 2>/dev/null | gzip -c) | gunzip -c | cpio -t 2>/dev/null | sort
mkdir out2; (cd out2 && cpio -id dir/two 2>/dev/null <../a.cpio; find . | sort)
