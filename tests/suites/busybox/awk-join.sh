# SPDX-License-Identifier: BSD-2-Clause
# a join of two files written in awk
printf '1 one\n2 two\n3 three\n4 four\n' >a
printf '2 zwei\n4 vier\n5 fuenf\n' >b
awk 'NR==FNR { w[$1] = $2; next } $1 in w { print $1, w[$1], $2; seen[$1] } END { for (k in w) if (!(k in seen)) print "only left", k }' a b | sort
