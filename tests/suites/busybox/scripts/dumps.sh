# SPDX-License-Identifier: BSD-2-Clause
# Od, hexdump, xxd and back.
printf 'Hello, World!\n\0\001\377' >f
od f; od -c f; od -x f; od -t x1 f; od -A x -t d1 f; od -b f
hexdump f; hexdump -C f; hexdump -v -e '1/1 "%02x "' f; echo
xxd f; xxd -p f; xxd -p f | xxd -r -p | cmp - f && echo "there and back"
dd if=/dev/zero bs=64 count=2 2>/dev/null | hexdump -C
uuencode name <f | uudecode -o - | cmp - f && echo uu
od -j 7 -N 5 -c f
