#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The guest test programs with 4 CPUs.
exec "$(dirname "$0")/../lib/guest-run" --cpus 4 "$@"
