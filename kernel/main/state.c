/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel is doing, for the answer to an NMI: a line for each CPU and each LWP.
 *
 * It runs in the NMI, with every other CPU held in one: nothing changes while it reads, but what
 * was interrupted may have left a list half changed. Who changes one holds its lock; so lists
 * whose lock is held are left out, and no lock is taken.
 */
#include "arch/arch.h"
#include "proc/proc.h"
#include "sched/sched.h"

#define MOST_LWPS	200u

static bool
lock_is_free(const struct spinlock *l)
{
	return load_relaxed(&l->sl_next) == load_relaxed(&l->sl_serving);
}

static void
print_lwp(void (*print)(const char *fmt, ...), const struct proc *p, struct lwp *l)
{
	static const char letters[] = "NrRSTD";
	const char *wmesg = l->l_sched.s_wmesg, *name;
	uintptr_t pc = arch_lwp_pc(l);
	size_t off = 0;

	name = l->l_sched.s_state == SCHED_RUNNING ? NULL : arch_symbol(pc, &off);
	print("nmi: lwp %p %d/%d %s: %c%s%s cpu %u attn %x call %llu %s\n", (void *)l, p->p_pid,
	    l->l_tid,
	    p->p_comm, letters[l->l_sched.s_state], wmesg != NULL ? " " : "",
	    wmesg != NULL ? wmesg : "",
	    l->l_sched.s_cpu, l->l_attn, (unsigned long long)l->l_syscall_nr, name != NULL ? name :
	    "");
}

void
kernel_print_state(void (*print)(const char *fmt, ...))
{
	uint32_t n = 0;

	sched_print(print);
	if (!lock_is_free(&proc_tree_lock)) {
		print("nmi: the process tree is locked\n");
		return;
	}
	list_foreach(p, &proc_all, struct proc, p_all_link) {
		if (!lock_is_free(&p->p_lock)) {
			print("nmi: process %d %s is locked\n", p->p_pid, p->p_comm);
			continue;
		}
		list_foreach(l, &p->p_lwps, struct lwp, l_link) {
			if (n++ == MOST_LWPS) {
				print("nmi: and more\n");
				return;
			}
			print_lwp(print, p, l);
		}
	}
}
