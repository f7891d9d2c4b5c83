# SPDX-License-Identifier: BSD-2-Clause
# printf formats
printf '%s|%5s|%-5s|%.2s\n' abc abc abc abc
printf '%d %5d %-5d| %05d %+d %x %X %o\n' 42 42 42 42 42 255 255 8
printf '%c%c\n' abc def
printf '%b' 'tab\there\n\0101\n'
printf '%s-%s\n' 1 2 3
printf '%.3f %e %g\n' 3.14159 1234.5 0.0001
printf '%%|%5%|\n' 2>/dev/null
printf '\101\x42\n'
echo -e 'a\tb\\c' ; echo -n no newline; echo
