# SPDX-License-Identifier: BSD-2-Clause
# Cp, mv, ln, install, mkdir, rmdir, stat, touch, truncate, dd, shred.
mkdir -p a/b/c; echo 1 >a/f; cp -a a copy; diff -r a copy 2>/dev/null; cmp a/f copy/f && echo same; ln a/f a/hard; stat -c '%h %a %s %F' a/f; ln -s f a/soft; readlink a/soft; readlink -f a/soft | sed 's,.*/a/,a/,'
install -m 711 -D a/f in/st/all; stat -c '%a %n' in/st/all; mv -v copy moved; mv -n a/f moved/f; touch -d '2001-02-03 04:05:06 UTC' t; stat -c %Y t; date -u -r t +%FT%T
truncate -s 12345 big; wc -c big; dd if=/dev/zero of=z bs=64k count=10 status=none; wc -c <z; cp --sparse=always z s; cmp z s && echo equal; rmdir a/b/c; ls a; rm -r a; ls; du -b z | cut -f1
mktemp -d x.XXXXXX | wc -c; chmod u=rw,go= t; stat -c %A t; ls -l t | cut -c1-10; realpath --relative-to=/ /usr/bin/../lib | head -1; basename /x/y.c .c; dirname /x/y/z; rm nothing; echo $?; cp nothing x; echo $?; mkdir in; echo $?
