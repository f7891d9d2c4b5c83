#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What is shown when the time is over and the machine does not answer: where every CPU and every thread is.
. "$(dirname "$0")/lib.sh"
[[ $SUBJECT == bident ]] || skip_all "only our kernel answers"
debug=$BUILD/bident-kernel-debug

# hang SECONDS OPTIONS -- CMD: the last of it goes to $err
hang() {
	local seconds=$1 start=$SECONDS
	shift
	err=$("$BIDENT" run --kernel "$debug" --timeout "$seconds" "$@" 2>&1 >"$work/out" </dev/null)
	status=$?
	took=$((SECONDS - start))
}

hang 4 --cpus 2 -- sh -c 'echo before; exec sleep 1000'
is $status 124 "a command that sleeps: status 124"
is "$(<"$work/out")" before "what it wrote is there"
like "$err" "the last messages of the kernel:" "the last messages are shown"
like "$err" $'\nnmi: CPU 0, lwp .*\nnmi: CPU 1, lwp ' "both CPUs tell where they are"
like "$err" "arch_idle\\+0x" "by name"
like "$err" $'\nnmi: lwp [^\n]* sleep: S nanosleep ' "the thread that sleeps is listed, and on what"
like "$err" $'\nnmi: end\nbident: the time is over .--timeout 4 s.: the machine was ended$' "the last line says why it ended"

hang 4 -- sh -c 'while :; do :; done'
like "$err" $'nmi: CPU 0, lwp [^\n]*\nnmi:  trap 2 [^\n]*\nnmi:  rip [0-9a-f]+ cs 2b' "a CPU in user mode is seen there"

hang 4 --append hang=0 -- true
is $status 124 "interrupts off on the only CPU: status 124"
like "$err" "hang_if_asked|kmain\\+0x" "where it hangs is shown"
like "$err" "nmi: end" "to the end"

hang 4 --cpus 2 --append hang=1 -- sleep 1000
like "$err" $'nmi: CPU 1, lwp [^\n]*\nnmi:  trap 2 [^\n]*\n[^\n]*rflags [0-9a-f]{1,2} .*cpu_main\\+0x' "interrupts off on the second CPU: it answers too"
ok $((took > 30)) "and all that does not take long"
done_testing
