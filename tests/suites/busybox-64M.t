#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The same in little memory.
exec "$(dirname "$0")/suite" busybox "$@" --mem 64M
