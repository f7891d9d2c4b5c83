#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# bident run --chaos: the debug kernel schedules by a seed; a release kernel says that it cannot.
. "$(dirname "$0")/lib.sh"
[[ $SUBJECT == bident ]] || skip_all "only our kernel has chaos"

out=$(bident_run --cpus 2 --chaos 7 -- sh -c '(exit 3); cat /proc/bident/chaos' </dev/null)
is $? 0 "the debug kernel is taken by itself"
like "$out" "^seed 7" "it has the seed"
like "$out" "cpu 0 draws [1-9][0-9]{2,}.*cpu 1 draws [1-9]" "and both CPUs draw"
out=$(bident_run --kernel "$BUILD/bident-kernel-debug" -- cat /proc/bident/chaos </dev/null)
is "$out" off "without the option there is none"
bident_run --kernel "$BUILD/bident-kernel" --chaos 7 -- true >"$work/out" 2>"$work/err" </dev/null
is $? 124 "a release kernel stops"
like "$(<"$work/err")" "a release kernel has no chaos.*CONFIG=debug" "and says why, and the way out"
bident_run --kernel "$BUILD/bident-kernel-debug" --append chaos=x -- true >"$work/out" 2>"$work/err" </dev/null
is $? 124 "a bad seed among the kernel's parameters"
like "$(<"$work/err")" "chaos=x: must be a number" "is named"
done_testing
