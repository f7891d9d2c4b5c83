#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The bounds on fork that repeat exactly, in counted instructions: its cost does not grow with memory, mappings, descriptors.
cd "$(dirname "$0")/.." || exit 2
exec bench/bench --quick "${BUILD:-build}"
