# SPDX-License-Identifier: BSD-2-Clause
# md5, sha1, sha256, sha512, cksum, crc32 of known data
seq 1 10000 >f
md5sum f; sha1sum f; sha256sum f; sha512sum f; cksum f; sum f
md5sum f >m; md5sum -c m; echo x >>f; md5sum -c m 2>/dev/null; echo $?
cmp -s f m; echo $?
printf abc | sha3sum | cut -c1-16
