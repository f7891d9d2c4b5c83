# SPDX-License-Identifier: BSD-2-Clause
# Two tables joined by awk and sort.
cat >people <<'EOF'
3 Carol
1 Alice
2 Bob
4 Dave
EOF
cat >orders <<'EOF'
2 nails
1 hammer
2 screws
9 nothing
3 saw
EOF
sort -n people >p; sort -n orders >o
awk 'NR == FNR { name[$1] = $2; next } ($1 in name) { print name[$1], $2; used[$1] = 1; next } { print "?", $2 }
    END { for (i in name) if (!(i in used)) print name[i], "-" | "sort" }' p o
awk 'NR == FNR { n[$1]++; next } { print $2, n[$1] + 0 }' orders p | sort -k2rn -k1
cut -d' ' -f2 orders | sort | tr '\n' ',' | sed 's/,$//'; echo
