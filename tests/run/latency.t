#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# FIX-38: how long a new child waits for an idle CPU, in counted instructions (a nanosecond each, those of both CPUs counted
# one after the other), so that the machine's own load has no say in it.
. "$(dirname "$0")/lib.sh"
[[ $SUBJECT == bident ]] || skip_all "our kernel alone is counted"
tests=$BUILD/tests/guest-root.cpio
[[ -e $tests ]] || skip_all "no guest test programs"

out=$(BIDENT_QEMU_ARGS="-smp 2" bident_run --virtual-time --root "$tests" -- /tests/publish @latency </dev/null 2>"$work/err")
note "fork to the child's first instruction, and from the parent's return to it: $out ns"
read -r whole after <<<"$out"
like "$out" '^[0-9]+ -?[0-9]+$' "the program told both times"
ok $((!(${after:-1000000} < 20000))) "the child runs at once on the idle CPU: less than 20,000 instructions after the parent is back (FIX-38)"
ok $((!(${whole:-1000000} < 100000))) "from the call to the child's first instruction: less than 100,000 (FIX-38)"
done_testing
