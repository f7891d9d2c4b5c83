#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The guest test programs with 1 CPU.
exec "$(dirname "$0")/../lib/guest-run" --cpus 1 "$@"
