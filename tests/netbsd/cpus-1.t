#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The programs of the NetBSD personality with 1 CPU.
exec "$(dirname "$0")/../lib/guest-run" --set netbsd --cpus 1 "$@"
