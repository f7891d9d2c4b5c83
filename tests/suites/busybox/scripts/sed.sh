# SPDX-License-Identifier: BSD-2-Clause
# Programs of sed.
cat >in <<'EOF'
alpha 1
beta 2
gamma 3

delta 4
# comment
epsilon 5
EOF
sed -n '2,4p' in
sed '/^$/d;/^#/d;s/\([a-z]*\) \([0-9]\)/\2:\1/' in
sed -n '$=' in
sed '1!G;h;$!d' in
sed 'N;s/\n/+/' in
sed -e '/beta/i\before' -e '/beta/a\after' -e '/gamma/c\changed' in
sed 'y/abc/xyz/;s/[0-9]/<&>/g' in
sed -n '/beta/,/delta/{=;p}' in
sed -e :a -e "s/^\\([a-z]*\\) /\\1_/;ta" in | head -n 2
sed -E 's/(^|[^a-z])([a-z])/\1\2\2/' in
cp in edit; sed -i 's/a/A/g;2w written' edit; cat edit written
sed '3q' in; echo "status $?"
sed 's/x/y/;t;s/$/ end/' in | tail -n 2
printf '1\n2\n3\n' | sed -n 'x;p;x;$!{n;p}'
