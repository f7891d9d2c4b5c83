# SPDX-License-Identifier: BSD-2-Clause
# grep with patterns, counts, context, fixed and extended
printf 'apple\nBanana\ncherry pie\napple pie\n\n' >f
grep -n pie f; grep -c apple f; grep -i banana f; grep -v -e apple -e '^$' f; grep -x apple f; grep -w pie f | wc -l
grep -E '^(a|c).*(e|y)$' f; grep -F 'e p' f; grep -o 'p.e' f; grep -q zzz f; echo $?; grep -A1 Ban f; grep -B1 Ban f; grep -l pie f none 2>/dev/null; echo $?
printf 'bin\0ary\n' >b; strings b; echo hello123 | grep -oE '[0-9]+'
