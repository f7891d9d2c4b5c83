# SPDX-License-Identifier: BSD-2-Clause
# arithmetic expansion
echo $((1+2*3)) $(((1+2)*3)) $((7/2)) $((-7/2)) $((7%3)) $((-7%3)) $((1<<20)) $((0x1f)) $((010)) $((5>3)) $((5==3))
a=5; echo $((a++)) $a $((++a)) $((a+=10)) $((a?1:2)) $((!a)) $((~a)) $((a&6)) $((a|8)) $((a^3))
echo $((9223372036854775807)) $((9223372036854775807+1))
i=0; while [ $((i+=1)) -le 3 ]; do echo $i; done
echo $((1/0)) 2>/dev/null; echo $?
expr 3 + 4 \* 2; expr abc : 'a\(.*\)'; expr length hello; expr 5 \> 3
