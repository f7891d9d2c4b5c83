# SPDX-License-Identifier: BSD-2-Clause
# Printf and echo.
printf '%s %d %x %o %c|%5s|%-5s|%05d|%.2f|%e|%%\n' str 42 255 8 char ab ab 42 3.14159 1234.5
printf '%s\n' a b c
printf '%s-%s\n' 1 2 3
printf '\101\x42\t|\n'
printf '%b\n' 'a\tb\0101'
printf '%d\n' abc 2>/dev/null; echo $?
printf '%5.3s|\n' abcdef
printf '%*d|%-*d|\n' 6 42 6 42
printf '%d %d\n' "'A" 0x10
echo -n no newline; echo
echo -e 'a\tb\nc\\'
echo 'a\tb'
printf 'nul:\0:end' | od -c
for i in $(seq 0 255); do printf "\\$(printf %o $i)"; done | md5sum
