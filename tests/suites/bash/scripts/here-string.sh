# SPDX-License-Identifier: BSD-2-Clause
# here strings and here-documents in functions
cat <<<'a here string'; read -r a b <<<'x y z'; echo "$a|$b"; f() { cat <<E
in f $1
E
}; f arg; wc -c <<<"$(seq 1 20000)"; tr a-z A-Z <<<"lower"
