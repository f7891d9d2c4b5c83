#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How bident ends when the machine does not end as it should: always, with a line that says so, status 124 or above.
SUBJECT=fake
. "$(dirname "$0")/lib.sh"

# death WHAT PATTERN [OPTIONS]: runs with FAKE=WHAT
death() {
	local what=$1 pattern=$2
	shift 2
	err=$(FAKE=$what bident_run "$@" -- echo output 2>&1 >"$work/out" </dev/null)
	is $? 124 "$what: status 124"
	like "$err" "$pattern" "$what: a line that says so"
}

death panic "bident: the kernel panicked"
like "$err" "panic: test: a page is missing" "the panic is shown"
like "$err" "ffffffff80001234 kernel_main" "with the backtrace"
death late-panic "the kernel panicked after the command had ended"
is "$(<"$work/out")" output "late-panic: the output is there"
start=$SECONDS
death stuck-panic "panicked and did not power off"
ok $((SECONDS - start > 20)) "stuck-panic: no hang"
death reset "the kernel died before the command had ended"
like "$err" "about to reset" "reset: the last messages are shown"
death off "powered off before the command had ended"
death killed "QEMU was ended by signal 9"
death garbage "broke the protocol"
death hang "the time is over .--timeout 0.5 s" --timeout 0.5
like "$err" "hanging" "hang: the last messages are shown"

# A guest that sends more than it may. Nobody reads our output, so no credit is given.
mkfifo "$work/fifo"
sleep 30 <"$work/fifo" & reader=$!
err=$(FAKE=flood bident_run -- true 2>&1 >"$work/fifo" </dev/null)
is $? 124 "flood: status 124"
like "$err" "more output than there is room for" "flood: a line that says so"
kill $reader; wait $reader 2>/dev/null

FAKE=panic bident_run --kernel-log "$work/log" -- true 2>/dev/null </dev/null
like "$(<"$work/log")" "panic: test" "--kernel-log has it"
like "$(FAKE='' bident_run -v -- true 2>&1 </dev/null)" "kernel: Bident stand-in" "-v shows the kernel's messages"
is "$(FAKE='' bident_run -- true 2>&1 </dev/null)" "" "without -v nothing is mixed in"
done_testing
