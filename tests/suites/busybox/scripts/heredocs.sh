# SPDX-License-Identifier: BSD-2-Clause
# Here-documents, quoted and not, nested, with tabs taken off, many at once.
name=world
cat <<EOF
hello $name $((6 * 7)) $(echo inner) \$name \\ "quoted" 'single'
EOF
cat <<'EOF'
hello $name $((6 * 7)) $(echo inner) \$name
EOF
cat <<-EOF
	one tab gone
		two tabs gone
	$name
	EOF
cat <<A; cat <<B
first document
A
second document
B
cat <<EOF | tr a-z A-Z | sed 's/^/> /'
through a pipeline
of $(cat <<INNER
a nested document
INNER
)
EOF
while read -r a b; do echo "[$b $a]"; done <<EOF
1 one
2 two words
3
EOF
f() { cat; }
f <<EOF
to a function
EOF
cat <<EOF | wc -c
$(seq 1 20000)
EOF
