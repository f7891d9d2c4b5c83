# SPDX-License-Identifier: BSD-2-Clause
# Quotes, escapes and word splitting.
a='single "double" $x `y`'; echo "$a"; echo 'it'\''s'; echo "a\"b\\c\$d\`e"; echo a\ b\	c
echo "multi
line"; echo con\
tinued
x='a  b'; echo $x "$x" '$x'; set -- $x; echo $#; set -- "$x"; echo $#
IFS=:; y=a:b::c; set -- $y; echo $#; for i in $y; do echo "[$i]"; done; unset IFS
z='*'; echo "$z" '*'; w=; set -- $w; echo $#; set -- "$w"; echo $#
echo $'tab\there' "$(printf 'trailing\n\n\n')" end
echo "$(echo "nested "quotes" $(echo "deeper 'x'")")"
echo "${x#a}" "${x%"b"}" "${q:-"de fault"}" ${q:-'s q'}
eval "echo \"\$x\" '\$x' \\\$x"
cat <<EOF
"quotes" 'stay' \`tick\` \\ ${x}
EOF
