# SPDX-License-Identifier: BSD-2-Clause
# Blocks, seeks, conversions, and what is copied.
seq 1 1000 >in
dd if=in of=out bs=100 count=5 2>/dev/null; wc -c <out; cmp -n 500 in out && echo same
dd if=in bs=10 skip=3 count=2 2>/dev/null | od -c
cp in patched; printf XYZ | dd of=patched bs=1 seek=5 conv=notrunc 2>/dev/null; head -c 20 patched | od -c
printf 'short' | dd of=sparse bs=1 seek=100000 2>/dev/null; wc -c <sparse; tail -c 5 sparse; echo
dd if=/dev/zero bs=1k count=3 2>&1 >/dev/null | head -n 2
dd if=in bs=7 conv=sync 2>/dev/null | wc -c
dd if=/dev/zero of=z bs=1M count=5 2>/dev/null; wc -c <z; tr -d '\0' <z | wc -c
dd if=no-such-file 2>/dev/null; echo $?
seq 1 100000 | dd bs=64k iflag=fullblock count=2 2>/dev/null | wc -c
truncate -s 1000 t; wc -c <t; truncate -s 10 t; wc -c <t
dd if=in of=in.copy bs=1 2>/dev/null; cmp in in.copy && echo "byte by byte"
