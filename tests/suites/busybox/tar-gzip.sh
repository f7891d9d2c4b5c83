# SPDX-License-Identifier: BSD-2-Clause
# tar and gzip: round trips of a tree with links and modes
mkdir -p t/sub
seq 1 5000 >t/numbers
echo small >t/sub/small; chmod 640 t/sub/small
ln -s sub/small t/link; ln t/numbers t/hard
: >t/empty
tar cf - t | gzip -9 >a.tgz
mkdir x; gzip -dc a.tgz | tar xf - -C x
diff -r t x/t && echo same
ls -l x/t x/t/sub | awk 'NR>1 && NF>5 && !/^d/ {print $1, $2, $5, $9, $10, $11}'
tar tzf a.tgz | sort
gunzip -t a.tgz && echo tested
[ x/t/hard -ef x/t/numbers ] && echo linked
