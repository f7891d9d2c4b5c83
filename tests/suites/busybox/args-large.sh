# SPDX-License-Identifier: BSD-2-Clause
# a command line of 100 KB; more than 128 KiB in one argument fails
set -- $(seq 1 15000); /bin/busybox echo "$@" | wc -c; sh -c 'echo $#' sh "$@"
big=$(dd if=/dev/zero bs=1k count=120 2>/dev/null | tr '\0' x); /bin/busybox echo "$big" | wc -c
huge=$big$big; /bin/busybox echo "$huge" 2>/dev/null | wc -c
