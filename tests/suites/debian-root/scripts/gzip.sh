# SPDX-License-Identifier: BSD-2-Clause
# GNU gzip round trips.
seq 1 50000 >f; gzip -k f; zcat f.gz | cmp - f && echo same; gzip -l f.gz | tail -1 | tr -s ' ' | cut -d' ' -f3; gzip -9c f | gunzip | md5sum; head -c 500 f.gz >bad.gz; gzip -t bad.gz 2>/dev/null; echo $?; echo no >n.gz; gunzip n.gz 2>/dev/null; echo $?; cat f.gz f.gz | zcat | wc -l; zgrep -c 99 f.gz; rm f; gunzip f.gz; wc -l f; dd if=/dev/zero bs=1M count=8 status=none | gzip -c | gunzip -c | wc -c; gzip -n -c f | md5sum; zcmp f f && echo zcmp
