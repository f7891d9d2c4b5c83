# SPDX-License-Identifier: BSD-2-Clause
# /dev/null, zero, full, random and urandom.
echo gone >/dev/null; cat /dev/null | wc -c; head -c 1000 /dev/zero | tr -d '\0' | wc -c; head -c 1000 /dev/zero | wc -c
echo x 2>&1 >/dev/full | sed 's/.*: //'; echo x >/dev/full; echo "full $?"
head -c 1000 /dev/urandom | wc -c; head -c 32 /dev/urandom >a; head -c 32 /dev/urandom >b; cmp -s a b; echo "differ $?"
head -c 16 /dev/random | wc -c
[ -c /dev/null ] && [ -c /dev/zero ] && [ -c /dev/tty ] && echo devices; ls -l /dev/null | cut -c1
echo via stdin | cat /dev/stdin; echo err 2>&1 >&2 | cat; echo out >/dev/fd/1 | cat
stat -c '%t %T' /dev/null /dev/zero /dev/full /dev/urandom
(: </dev/tty) 2>/dev/null; echo "no terminal $?"
