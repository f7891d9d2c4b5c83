# SPDX-License-Identifier: BSD-2-Clause
# Archives, plain and compressed, round trips.
mkdir -p src/sub/deeper
seq 1 3000 >src/numbers
echo text >src/sub/text
: >src/sub/empty
ln -s ../numbers src/sub/link
ln src/sub/text src/sub/hard
chmod 750 src/sub/deeper
chmod 640 src/sub/text
dd if=/dev/zero of=src/zeros bs=1k count=300 2>/dev/null
tar cf a.tar src
tar tf a.tar | sort
mkdir out && tar xf a.tar -C out
diff -r src out/src && echo same
readlink out/src/sub/link
stat -c '%a %h %n' out/src/sub/deeper out/src/sub/text
tar czf a.tgz src && gzip -t a.tgz && echo "gzip good"
tar tzf a.tgz | wc -l
mkdir out2 && tar xzf a.tgz -C out2 src/sub
find out2 -type f | sort
tar cf - src | (mkdir out3 && cd out3 && tar xf -)
diff -r src out3/src && echo "same by a pipe"
tar cjf a.tbz src && mkdir out4 && tar xjf a.tbz -C out4 && diff -r src out4/src && echo "same by bzip2"
tar xOf a.tar src/numbers | md5sum
tar xf no-such.tar 2>/dev/null; echo "status $?"
