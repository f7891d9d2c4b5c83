#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The guest test programs with 2 CPUs.
exec "$(dirname "$0")/../lib/guest-run" --cpus 2 "$@"
