# SPDX-License-Identifier: BSD-2-Clause
# A tree of 127 processes seven levels deep, each waits for its two children.
tree() {
	if [ "$1" -gt 1 ]; then
		(tree $(($1 - 1)) "$2"0) & a=$!
		(tree $(($1 - 1)) "$2"1) & b=$!
		wait $a || exit 1
		wait $b || exit 1
	fi
	echo "$2" >>nodes
}
tree 7 n
wc -l <nodes
sort nodes | md5sum
