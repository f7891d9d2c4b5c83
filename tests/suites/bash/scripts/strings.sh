# SPDX-License-Identifier: BSD-2-Clause
# Expansions of strings.
s=Hello,World; echo "${s:0:5} ${s: -5} ${#s} ${s,,} ${s^^} ${s~} ${s#*,} ${s%,*} ${s/o/0} ${s//o/0} ${s/#H/J} ${s/%d/t}"
v=s; echo "${!v}"; echo "${!s*}" | wc -w | tr -d ' '; unset u; echo "${u:-d} ${u=e} $u ${u:+alt}"; (: "${zz:?no zz}") 2>&1 | sed 's/.*: //'
echo "${s@L}" "${s@a}" $'\x41\101\u0041' $"local"; p=/a/b/c.d.e; echo "${p##*/} ${p%%.*} ${p##*.}"
i=7; ((i = i ** 2, i -= 9)); echo $i $((2#1010)) $((16#ff)) $((i > 3 ? 1 : 0)) $((i << 3 ^ 5)); let i+=1 j=i*2; echo $i $j
for ((k = 0, l = 10; k < l; k += 3, l--)); do echo -n "$k,$l "; done; echo; while ((i-- > 37)); do echo -n "$i "; done; echo
(echo $((1 / 0))) 2>/dev/null; echo $?; declare -i n=5; n+=3; echo $n; declare -u up=abc; echo $up; declare -r ro=1; (ro=2) 2>/dev/null; echo $?
