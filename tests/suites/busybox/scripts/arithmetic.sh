# SPDX-License-Identifier: BSD-2-Clause
# Arithmetic of the shell, expr, bc and dc.
echo $((1 + 2 * 3)) $(((1 + 2) * 3)) $((7 / 2)) $((-7 / 2)) $((7 % 3)) $((-7 % 3)) $((1 << 40)) $((0x1f)) $((017))
echo $((5 > 3)) $((5 == 3)) $((5 && 0)) $((5 || 0)) $((!5)) $((~5)) $((5 ^ 3)) $((5 & 3)) $((5 | 3)) $((1 ? 2 : 3))
x=5; echo $((x++)) $x $((++x)) $((x += 10)) $((x *= 2)) $x
echo $((9223372036854775807 + 1))
echo $((2 ** 10))
(echo $((1 / 0))) 2>&1; echo $?
expr 3 + 4 \* 2; expr 10 % 3; expr length hello; expr substr hello 2 3; expr hello : 'h\(.*\)o'; expr 1 = 2; echo $?
echo 'scale=10; 1/3; sqrt(2); 2^100' | bc
echo 'define f(n) { if (n < 2) return n; return f(n-1) + f(n-2); } f(15)' | bc
echo 'ibase=16; FF; obase=2; F' | bc
echo '3 4 + p 5 * p 2 / p' | dc
echo '100 k 2 v p' | dc
factor 97 360 1000000007
let 'y = 3 * 4'; echo $y
