# SPDX-License-Identifier: BSD-2-Clause
# gzip, bzip2, xz and lzma streams
seq 1 20000 >n
for c in gzip bzip2; do $c -c n | $c -dc | cmp - n && echo $c; $c -c n | wc -c | awk '{print ($1 < 60000)}'; done
gzip n; zcat n.gz | tail -n 1
