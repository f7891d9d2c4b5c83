#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The kernel's parameters: tunables, failures and probes from the start. (TUN-1 TUN-2)
. "$(dirname "$0")/lib.sh"

# params PARAMETERS FILE...: what the files hold under these; the kernel's messages are in $work/log
params() {
	local parameters=$1
	shift
	bident_run --append "$parameters" --kernel-log "$work/log" -- cat "$@" </dev/null
}

sys=/proc/sys/bident
is "$(params 'maxproc=200 forkfsleep=7 pid_max=5000' $sys/maxproc $sys/forkfsleep $sys/pid_max | tr '\n' ' ')" "200 7 5000 " "tunables as boot parameters"
is "$(params 'maxproc=5000 pid_max=5000' $sys/pid_max)" 5000 "a bad one does no harm to others"
like "$(<"$work/log")" "kern\.maxproc=5000 is not in 0\.\.4999" "maxproc not below the pid space: named, with the range"
params 'maxproc=-1 forkfsleep=20001' $sys/maxproc $sys/forkfsleep >"$work/out"
like "$(<"$work/log")" "kern\.maxproc=-1 is not in 0\.\.4194303" "a negative maxproc: named, with the range"
like "$(<"$work/log")" "kern\.forkfsleep=20001 is not in 0\.\.20000" "forkfsleep too long: named, with the range"
is "$(tail -n 1 "$work/out")" 0 "the default stays"
params 'maxproc=many' $sys/maxproc >"$work/out"
like "$(<"$work/log")" "kern\.maxproc=many is not a number" "a word: named"

bident_run --append 'fail=fork.pid:2;fork.files:9' -- sh -c 'cat /proc/bident/fail; echo not reached' >"$work/out" 2>"$work/err" </dev/null
is "$?" 2 "the second fork since boot fails"
like "$(<"$work/err")" "Resource temporarily unavailable" "with the point's error"
params 'fail=fork.pit' /proc/bident/fail >"$work/out"
like "$(<"$work/log")" "'fork.pit': no such point; nearest is 'fork.pid'" "a bad failure: named, with the nearest"
like "$(params 'probe=proc:::create;exec.*' /proc/bident/trace)" "init proc:::create child=[0-9]+ parent=1" "a probe from the start"

done_testing
