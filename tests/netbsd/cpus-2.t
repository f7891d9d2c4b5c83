#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The programs of the NetBSD personality with 2 CPUs.
exec "$(dirname "$0")/../lib/guest-run" --set netbsd --cpus 2 "$@"
