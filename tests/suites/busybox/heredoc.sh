# SPDX-License-Identifier: BSD-2-Clause
# here-documents: expanded, quoted, stripped, several at once
name=World
cat <<END
Hello $name $(echo sub) $((6*7))
END
cat <<'END'
Hello $name $(echo sub) `x`
END
cat <<-END
	indented
		twice
	END
cat <<A; cat <<B
first
A
second
B
while read -r line; do echo "<$line>"; done <<END
  one
two\three
END
