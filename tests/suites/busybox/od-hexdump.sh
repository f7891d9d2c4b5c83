# SPDX-License-Identifier: BSD-2-Clause
# od, hexdump, xxd
printf 'Hello\0World\n\001\377binary' >f
od -c f; od -An -tx1 f; od -d f | head -n 2
hexdump -C f; xxd f; xxd -p f | xxd -r -p | cmp - f && echo back
