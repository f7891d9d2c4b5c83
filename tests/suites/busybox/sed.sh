# SPDX-License-Identifier: BSD-2-Clause
# sed programs
seq 1 12 >n
sed -n '3p;5,7p;$p' n
sed '/1/d; s/\([0-9]\)/<\1>/g' n
sed -n '1!G;h;$p' n
sed 'N;N;s/\n/+/g' n
echo hello world | sed 's/o/0/2; y/hl/HL/'
sed -e '2i\
inserted' -e '4a\
appended' -e '6c\
changed' n | head -n 9
sed -i 's/^1$/one/' n; head -n 1 n
printf 'a\nb\nEND\nc\n' | sed '/END/q'
