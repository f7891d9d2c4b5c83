# SPDX-License-Identifier: BSD-2-Clause
# Here strings and here-documents, also large ones.
cat <<<"a string with $((1 + 1)) parts"; tr a-z A-Z <<<upper; wc -c <<<''; read -r a <<<$'tab\tnew'; echo "$a"
big=$(seq 1 30000); md5sum <<<"$big"; echo "$big" | md5sum; wc -l <<<"$big"; cat <<EOF | md5sum
$big
EOF
x=$(cat <<EOF
nested ${big:0:5}
EOF
); echo "$x"; f() { cat; } <<<"tied to the function"; f; f
while read -r l; do echo "> $l"; done <<<$'one\ntwo'; cat <<-'EOF'
	$literal `text`
	EOF
