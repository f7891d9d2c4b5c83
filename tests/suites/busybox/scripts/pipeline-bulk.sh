# SPDX-License-Identifier: BSD-2-Clause
# 8 MiB through five processes, unchanged.
dd if=/dev/zero bs=64k count=128 2>/dev/null | tr '\0' 'a' | cat | dd bs=1000 2>/dev/null | cat >bulk
wc -c <bulk
md5sum <bulk
seq 1 100000 | tee copy | md5sum
md5sum <copy
cat copy copy copy | sort -n | uniq -c | awk '$1 != 3' | wc -l
