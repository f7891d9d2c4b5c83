# SPDX-License-Identifier: BSD-2-Clause
# Patterns of every kind.
cat >f <<'EOF'
The first line
second line with foo
third: foo bar foo
FOO in capitals
a.b
axb
last one
EOF
grep foo f; grep -i foo f; grep -v foo f; grep -c foo f; grep -n line f; grep -o foo f; grep -w one f
grep -E '^(The|last)' f; grep -F a.b f; grep a.b f; grep -x axb f; grep -q foo f; echo $?; grep nothing f; echo $?
grep -l foo f; grep -L foo f; grep -A1 second f; grep -B1 FOO f; grep -C1 third f; grep -m1 foo f
grep -e first -e last f; printf 'foo\nlast\n' >pats; grep -f pats f; grep -s x no-such; echo $?
mkdir d; echo foo >d/x; echo bar >d/y; grep -r foo d; grep -rl . d | sort; grep -h foo d/*; grep foo d/* f
egrep 'o{2}' f; grep '[[:upper:]]\{3\}' f; grep '^$' f; echo $?
grep -E '\b(foo|bar)\b' f; grep 'f\(o\)\1' f
seq 1 100000 | grep -c 7
