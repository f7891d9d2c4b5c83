#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Signals sent to bident, and that nothing is left behind.
. "$(dirname "$0")/lib.sh"

# Waits until a file has a line that matches.
wait_for() {
	local i
	for ((i = 0; i < 10 * TIMEOUT; i++)); do
		grep -q "$2" "$1" 2>/dev/null && return 0
		sleep 0.1
	done
	note "never saw $2"
	return 1
}

# start CMD...: runs it in the background with its output in $work/out; sets $pid. A job of a script ignores SIGINT, so env
# puts that right.
start() {
	: >"$work/out"
	env --default-signal=INT,QUIT "$BIDENT" run "${subject_options[@]}" -- "$@" >"$work/out" 2>"$work/err" </dev/null &
	pid=$!
}

start sh -c 'trap "echo got int; exit 9" INT; echo ready; while :; do sleep 0.1; done'
wait_for "$work/out" ready
kill -INT $pid; wait $pid
is $? 9 "SIGINT is passed on; the command chooses its status"
is "$(tail -n 1 "$work/out")" "got int" "and prints"

start sh -c 'echo ready; sleep 100'
wait_for "$work/out" ready
kill -INT $pid; wait $pid
is $? 130 "SIGINT ends a command without a handler: 130"

start sh -c 'trap "echo got term; exit 0" TERM; echo ready; while :; do sleep 0.1; done'
wait_for "$work/out" ready
kill -TERM $pid; wait $pid
is $? 0 "SIGTERM is passed on"

start sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
wait_for "$work/out" ready
begin=$SECONDS
kill -TERM $pid; wait $pid
is $? 143 "a command that ignores SIGTERM is ended with the machine: 143"
ok $((SECONDS - begin > 20)) "within seconds"
like "$(<"$work/err")" "did not end when told to" "and a line says so"

start sh -c 'trap "" INT; echo ready; while :; do sleep 0.1; done'
wait_for "$work/out" ready
for _ in 1 2 3; do kill -INT $pid; sleep 0.2; done; wait $pid
is $? 130 "three SIGINTs end the machine: 130"

# The machine dies with us, whatever ends us.
start sh -c 'echo ready; sleep 1000'
wait_for "$work/out" ready
child=$(cat /proc/$pid/task/$pid/children); child=${child%% *}
ok $((child == 0)) "(the machine is process $child)"
kill -KILL $pid; wait $pid 2>/dev/null
# A dead process may stay as a zombie: who buries it is not our business.
state() { sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null; }
alive() { [[ $(state "$1") == [RSDTt] ]]; }
for _ in {1..30}; do
	alive "$child" || break
	sleep 0.1
done
alive "$child"
ok $(($? == 0)) "SIGKILL of bident ends the machine"

start sh -c 'echo ready; sleep 1; echo after'
wait_for "$work/out" ready
kill -TSTP $pid; sleep 0.3
is "$(state $pid)" T "SIGTSTP stops bident"
kill -CONT $pid; wait $pid
is $? 0 "SIGCONT lets it go on"
is "$(tail -n 1 "$work/out")" after "to the end"

# Files: nothing is left in the temporary folder.
mkdir "$work/tmp"
TMPDIR=$work/tmp bident_run -- true </dev/null
is "$(ls -A "$work/tmp")" "" "nothing is left behind"
done_testing
