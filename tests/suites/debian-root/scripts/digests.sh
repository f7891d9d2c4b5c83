# SPDX-License-Identifier: BSD-2-Clause
# Digests of the same bytes by every coreutils program.
seq 1 20000 >f; for p in md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum; do $p f; done; md5sum f >s; md5sum -c s; echo x >>f; md5sum -c s 2>/dev/null; echo $?; base64 f | md5sum; base64 f | base64 -d | cmp - f && echo back
