#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Failures on purpose, probes and the fork report, from the command line: they are of the command's process tree, and of nobody
# else.
. "$(dirname "$0")/lib.sh"

# The third fork of the tree is the inner shell's first.
out=$(bident_run --fail fork.files:3 -- sh -c 'ls -d / ; sh -c "ls -d /; echo not reached"; echo $?' 2>"$work/err" </dev/null)
is "$?" 0 "the command goes on after a child of its own could not be made"
like "$(<"$work/err")" "can't fork: Cannot allocate memory|fork" "the program that met the failure says so"
is "${out%%$'\n'*}" / "what came before it worked"

bident_run --fail fork.quota=EAGAIN -- sh -c 'ls / | cat' 2>"$work/err" </dev/null
status=$?
ok $((status == 0)) "every pass fails: the command has an error"
like "$(<"$work/err")" "Resource temporarily unavailable" "the error that was asked for"

out=$(bident_run --fail 'fork.*:5' --fail exec.load/2 -- cat /proc/bident/fail </dev/null)
is "$?" 0 "two failures that are not met"
like "$out" "fork\.\*:5 tree=[0-9]+ passes 0 failures 0" "the first is listed, with the command's tree"
like "$out" "exec\.load/2 tree=[0-9]+ passes 1 failures 0" "the second has seen the command's own exec"

bident_run --fail exec.load:1 -- true 2>"$work/err" </dev/null
is "$?" 126 "the command's own exec fails: status 126"
like "$(<"$work/err")" "cannot run 'true': .*memory" "and says so"

bident_run --fail fork.filez:1 -- true 2>"$work/err" </dev/null
is "$?" 125 "no such point: status 125"
like "$(<"$work/err")" "'fork.filez': no such point; nearest is 'fork.files'" "the nearest is named"

out=$(bident_run --stats -- sh -c 'for i in 1 2 3 4 5; do (exit 0); done; echo out' 2>"$work/err" </dev/null)
is "$?" 0 "--stats: the command's status"
is "$out" out "its output is its own"
like "$(<"$work/err")" "forks +5" "the report is on the standard error: five forks"
like "$(<"$work/err")" "fork\.space +[1-9][0-9]*" "with the time of each step"

out=$(bident_run --probe proc:::create --probe 'exec.*' -- sh -c '(exit 3); cat /proc/bident/trace' </dev/null)
is "$?" 0 "with probes"
like "$out" "sh proc:::create child=[0-9]+ parent=[0-9]+ flags=0x0" "the fork has left a record"
like "$out" "cat exec\.load|sh exec\.load" "so has exec"

done_testing
