/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LWPs: storage, contexts, birth and burial.
 *
 * An LWP is born in two steps that can fail, lwp_alloc and lwp_set_context, and one that cannot:
 * entering it in its process' list and in the pid table. It dies in three: it leaves the list
 * (exit.c), it switches away for the last time (sched_exit), and another LWP, from whose context
 * sched_reap is called, frees its stack. If it was the last of its process, the process becomes a
 * zombie only there: so whoever waits for a process finds nothing of it left in use.
 */
#include "arch/pmap.h"
#include "machine/frame.h"
#include "proc/proc_int.h"
#include "signal/signal.h"
#include "vm/vm.h"

static struct cache lwp_cache = CACHE_INIT_SIZE("lwp", sizeof(struct lwp), 64);

STATIC_ASSERT(offsetof(struct lwp, l_sched) == 0);

struct lwp *
lwp_alloc(struct proc *p, const struct lwp *parent)
{
	struct lwp *l = cache_alloc(&lwp_cache);

	if (l == NULL)
		return NULL;
	sched_lwp_init(l, parent);
	list_init(&l->l_link);
	sigpend_init(&l->l_sigpend);
	l->l_altstack.ss_flags = SS_DISABLE;
	l->l_sleep_ends = LATTN_INTERRUPTS;
	l->l_proc = proc_hold(p);
	return l;
}

/* Where a kernel LWP begins. */
static void
lwp_kernel_main(void *arg)
{
	struct lwp *l = arg;

	l->l_start(l->l_start_arg);
	proc_exit_lwp(l, 0);
}

int
lwp_set_context(struct lwp *l, const struct lwp *parent, void (*start)(void *), void *arg,
    vaddr_t stack)
{
	int error;

	if (start != NULL) {
		l->l_start = start;
		l->l_start_arg = arg != NULL ? arg : l;
		error = arch_lwp_create(l, lwp_kernel_main, l);
		if (error == 0 && l->l_proc->p_space != NULL)
			arch_lwp_set_pmap(l, l->l_proc->p_space->vs_pmap);
		return error;
	}
	if ((error = arch_lwp_fork(l, parent)) != 0)
		return error;
	if (stack != 0)
		arch_lwp_frame(l)->tf_rsp = stack;
	/* Of a process that fork builds the space comes later. */
	if (l->l_proc->p_space != NULL)
		arch_lwp_set_pmap(l, l->l_proc->p_space->vs_pmap);
	return 0;
}

void
lwp_free(struct lwp *l)
{
	struct proc *p = l->l_proc;

	ASSERT(!list_linked(&l->l_link));
	arch_lwp_destroy(l);
	sigpend_clear(&l->l_sigpend);
	cache_free(&lwp_cache, l);
	proc_drop(p);
}

/* Enters an LWP that has a number in its process. */
static int
lwp_join(struct proc *p, struct lwp *l)
{
	int error = 0;

	spin_lock(&proc_tree_lock);
	spin_lock(&p->p_lock);
	if ((p->p_flags & (PF_EXITING | PF_EXECING)) != 0) {
		error = EAGAIN;
	} else {
		list_push_back(&p->p_lwps, &l->l_link);
		p->p_nlwps++;
		if ((p->p_flags & PF_STOPPING) != 0)
			atomic_or(&l->l_attn, LATTN_STOP);
		pid_slot_locked(l->l_tid)->ps_lwp = l;
	}
	spin_unlock(&p->p_lock);
	if (error != 0)
		pid_release_locked(l->l_tid);
	spin_unlock(&proc_tree_lock);
	return error;
}

int
lwp_create(struct proc *p, const struct lwp *parent, void (*start)(void *), void *arg,
    vaddr_t stack, struct lwp **lp)
{
	struct lwp *l = lwp_alloc(p, parent);
	int error;

	if (l == NULL)
		return ENOMEM;
	l->l_sigmask = parent->l_sigmask;
	strlcpy(l->l_name, parent->l_name, sizeof(l->l_name));
	if ((error = lwp_set_context(l, parent, start, arg, stack)) == 0) {
		spin_lock(&proc_tree_lock);
		error = pid_alloc_locked(0, &l->l_tid);
		spin_unlock(&proc_tree_lock);
	}
	if (error == 0)
		error = lwp_join(p, l);
	if (error != 0) {
		lwp_free(l);
		return error;
	}
	*lp = l;
	return 0;
}

struct lwp *
lwp_create_idle(uint32_t cpu)
{
	struct lwp *l = cache_alloc(&lwp_cache);

	if (l == NULL)
		panic("proc: no memory for the idle LWP of CPU %u", cpu);
	sched_lwp_init_idle(l, cpu);
	list_init(&l->l_link);
	sigpend_init(&l->l_sigpend);
	l->l_proc = &proc0;
	ksnprintf(l->l_name, sizeof(l->l_name), "idle/%u", cpu);
	curcpu()->c_idle = l;
	curcpu()->c_curlwp = l;
	return l;
}

int
kthread_create(const char *name, void (*fn)(void *), void *arg, struct lwp **lp)
{
	struct fork_args args = { .fa_flags = FORK_SYSTEM, .fa_start = fn, .fa_start_arg = arg,
	    .fa_name = name };
	struct fork_result res = { .fr_pid = 0 };
	int error = fork1(curlwp(), &args, &res);

	if (error != 0)
		return error;
	if (lp != NULL) {
		struct proc *p = proc_find(res.fr_pid);

		*lp = NULL;
		if (p != NULL) {
			spin_lock(&p->p_lock);
			*lp = list_first(&p->p_lwps, struct lwp, l_link);
			spin_unlock(&p->p_lock);
			proc_drop(p);
		}
	}
	return 0;
}
