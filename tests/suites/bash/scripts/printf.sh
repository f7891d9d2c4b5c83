# SPDX-License-Identifier: BSD-2-Clause
# Printf -v, %q, %(...)T and formats.
printf -v x '%05.1f|%-6s|%+d' 3.14159 ab 7; echo "$x"; printf '%q ' 'a b' "it's" $'new\nline' '' '*'; echo
printf '%(%Y-%m-%d %H:%M:%S)T\n' 0; printf '%(%s)T\n' 1000000000; printf '%s,' a b c; echo; printf '%d %x %o %e %g\n' 255 255 255 1234.5 0.00001
printf '%b' 'x\ty\n\x41\u00e9\n' | od -An -c; printf '%5s|%-5s|%.2s|\n' abc abc abc; printf -v 'arr[3]' %s elem; echo "${arr[3]}"
printf '%d\n' 9223372036854775807 0xff 010 "'a"; printf '%d\n' x 2>/dev/null; echo $?; echo "${x@Q}" "${x@U}"
for i in {1..300}; do printf '%03d\n' $i; done | md5sum; printf '%*s|\n' 8 right
