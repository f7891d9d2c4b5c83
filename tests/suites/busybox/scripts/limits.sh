# SPDX-License-Identifier: BSD-2-Clause
# Ulimit and what happens at the limits.
ulimit -n 20; ulimit -n; sh -c 'ulimit -n'
i=3; while [ $i -lt 40 ]; do eval "exec $i</dev/null" 2>/dev/null || break; i=$((i + 1)); [ $i -gt 9 ] && break; done; echo "opened to $i"
(ulimit -f 8; dd if=/dev/zero of=big bs=1k count=100 2>/dev/null; echo "dd $?"; wc -c <big)
(ulimit -c 0; ulimit -c)
(ulimit -t 1; while :; do :; done) 2>/dev/null; echo "cpu limit $?"
(ulimit -v 20000; dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null; echo "memory $?")
ulimit -S -n 10; ulimit -H -n; ulimit -S -n
