#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Small races of the process core under chosen schedules: what fits in a minute. The seeds are the same each time; `make sim`
# tries more.
BUILD=${BUILD:-build}
exec "$BUILD/tests/sim/sim" --runs ${SIM_RUNS:-100} --step 24 --pairs 50
