# SPDX-License-Identifier: BSD-2-Clause
# Gzip, bzip2 and their opposites.
seq 1 20000 >plain
gzip -c plain >p.gz; gunzip -c p.gz | cmp - plain && echo gzip
zcat p.gz | md5sum
bzip2 -c plain >p.bz2; bunzip2 -c p.bz2 | cmp - plain && echo bzip2
bzcat p.bz2 | tail -n 1
cp plain q; gzip q; ls q*; gunzip q.gz; ls q*; cmp q plain && echo "in place"
gzip -9 -c plain >p9.gz; gzip -1 -c plain >p1.gz
[ $(wc -c <p9.gz) -le $(wc -c <p1.gz) ] && echo smaller
head -c 100 p.gz >cut.gz; gunzip -t cut.gz 2>/dev/null; echo "truncated: $?"
echo junk >j.gz; gunzip j.gz 2>/dev/null; echo "not gzip: $?"
cat p.gz p.gz | gunzip -c | wc -l
dd if=/dev/zero bs=1M count=4 2>/dev/null | gzip -c | gunzip -c | wc -c
