# SPDX-License-Identifier: BSD-2-Clause
# Counting, repeated and single lines.
printf 'a\na\nb\nc\nc\nc\nd\n' >f
uniq f; uniq -c f; uniq -d f; uniq -u f
printf '1 x\n2 x\n3 y\n' | uniq -f 1
printf 'ax\nbx\ncy\n' | uniq -s 1
printf 'A\na\nb\n' | uniq -i
for w in the cat and the dog and the bird; do echo $w; done | sort | uniq -c | sort -k1,1nr -k2 | awk '{ print $2 "=" $1 }'
printf 'a\nb\nc\n' >x; printf 'b\nc\nd\n' >y
sort x y | uniq -d; sort x y | uniq -u
cat x y y | sort | uniq -u
