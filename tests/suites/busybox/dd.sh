# SPDX-License-Identifier: BSD-2-Clause
# dd: block sizes, skip, seek, conversion
seq 1 3000 >in
dd if=in of=a bs=512 2>/dev/null; cmp in a && echo same
dd if=in bs=100 skip=3 count=2 2>/dev/null | md5sum
dd if=in of=a bs=10 seek=5 count=1 conv=notrunc 2>/dev/null; md5sum <a
dd if=/dev/zero bs=1k count=64 2>/dev/null | tr '\0' x | md5sum
dd if=/dev/zero of=z bs=1M count=3 2>/dev/null; wc -c <z
printf 'hello' | dd conv=ucase 2>/dev/null || echo no ucase
