# SPDX-License-Identifier: BSD-2-Clause
# What is used, as du and wc see it.
mkdir -p a/b; dd if=/dev/zero of=a/f bs=1k count=64 2>/dev/null; dd if=/dev/zero of=a/b/g bs=1k count=32 2>/dev/null
wc -c a/f a/b/g
[ "$(du -sk a | cut -f1)" -ge 96 ] && echo "96 KiB or more"
du -a a | cut -f2 | sort
ln a/f a/hard; x=$(du -sk a | cut -f1); rm a/hard; y=$(du -sk a | cut -f1); [ $x = $y ] && echo "a link costs nothing"
df -P /dev | awk 'NR == 2 { print (NF >= 6) }'
ls -l a/f | awk '{ print $1, $2, $5 }'; ls -a a; ls -R a; ls -1S a/f a/b/g; ls -d a; ls -F a
