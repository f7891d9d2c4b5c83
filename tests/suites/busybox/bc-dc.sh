# SPDX-License-Identifier: BSD-2-Clause
# bc and dc
echo '2^100; scale=20; 1/7; sqrt(2)' | bc
echo 'define f(n) { if (n <= 1) return 1; return n * f(n-1); } f(30)' | bc
dc -e '10 k 2 v p 16 o 255 p' ; echo '3 4 + p' | dc
