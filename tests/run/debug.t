#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tools/debug: gdb stops in the kernel, walks its stack, and our commands read its structures.
. "$(dirname "$0")/lib.sh"
[[ $SUBJECT == bident ]] || skip_all "only our kernel is debugged"
command -v gdb >/dev/null || skip_all "no gdb"
[[ -e $BUILD/debug/bident-kernel && -e $BUILD/bident-kernel-debug ]] || skip_all "no debug kernel"

# fork1 is called for init, for reclaim, then by init for the shell, then by the shell.
cat >"$work/commands" <<'END'
set pagination off
continue
backtrace
delete
hbreak fork1
continue
continue
continue
continue
backtrace
print caller
print caller->l_proc
print *caller->l_proc
ps
lwps
cpus
bt-pid 1
klog
kill
END
out=$(CMD='/bin/sh -c (true);true' GDBARGS="-batch -x $work/commands" timeout 60 "$here/../../tools/debug" "$BUILD" 2>&1 </dev/null)
like "$out" "Breakpoint 1, kmain \\(" "the first stop is kmain"
like "$out" $'#1 [^\n]* boot_main \\(' "with what called it"
like "$out" "Breakpoint 2, fork1 \\(" "a breakpoint in fork1"
like "$out" $'#[0-9]+ [^\n]* trap_syscall \\(' "reached by a system call"
like "$out" $'= 0x[0-9a-f]+ LWP [0-9]+ of process [0-9]+ \\([a-z]+\\) running on CPU 0' "an LWP is printed as a line"
like "$out" $'= 0x[0-9a-f]+ process [0-9]+ \\([a-z]+\\) active, parent [0-9]+, 1 LWPs' "and so is a process, by its pointer"
like "$out" $'= process [0-9]+ \\([a-z]+\\) active' "and by itself"
like "$out" $'\n +1 +0 active +1 init\n' "ps lists init"
like "$out" $'\n +1 +1 sleeping +0 0x[0-9a-f]+ +poll +' "lwps tells what it sleeps on"
like "$out" $'CPU  0: LWP [0-9]+ of process [0-9]+ \\([a-z]+\\); spin locks held: 0' "cpus tells who runs"
like "$out" $'LWP 1 of process 1 \\(init\\) poll\n[^#]*#0 [^\n]*\n([^\n]*\n)*[^\n]*linux_sys_p?poll' "bt-pid walks the stack of a sleeper"
like "$out" "starting init" "klog shows the log"
done_testing
