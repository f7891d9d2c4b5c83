#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The same in 24 MiB, but for what cannot fit: 500 processes with a stack and page tables each, and a sort of 300,000 lines
# beside 10 MiB of files (the root is memory).
here=$(dirname "$0")
[ $# -gt 0 ] || set -- --scripts "$(ls "$here/busybox/scripts" | sed 's/\.sh$//' | grep -vx -e alive-500 -e pipeline-bulk | tr '\n' ' ')"
exec "$here/suite" busybox "$@" --mem 24M
