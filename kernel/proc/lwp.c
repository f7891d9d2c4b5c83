/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LWPs: storage, contexts, birth and burial.
 *
 * The first LWP of a process is made by fork1 (lwp_alloc, lwp_set_context), all others by
 * lwp_create, whose last step that can fail enters it in its process' list and in the pid table.
 * From then on it is one of them, though it does not run before lwp_begin: it gets signals, stops
 * are waited for it, and an exec or exit waits for its end. An LWP dies in three steps: it leaves
 * the list (exit.c), it switches away for the last time (sched_exit), and another LWP, from whose
 * context sched_reap is called, frees its stack. If it was the last of its process, the process
 * becomes a zombie only there: so whoever waits for a process finds nothing of it left in use.
 */
#include "arch/pmap.h"
#include "lib/point.h"
#include "machine/frame.h"
#include "proc/lwpctl.h"
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
	FIELDS_BEGIN(lwp, l);
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
	lwp_ctl_leave(l);
	prof_lwp_leave(l);
	arch_lwp_destroy(l);
	sigpend_clear(&l->l_sigpend);
	if (l->l_charge != NULL) {
		atomic_sub(&l->l_charge->uc_nlwp, 1);
		ucount_put(l->l_charge);
	}
	cache_free(&lwp_cache, l);
	proc_drop(p);
}

/* --- one more LWP of a process --- */

POINT_DEFINE(lwp_point_alloc, "lwp.alloc", POINT_FAIL | POINT_STALL, ENOMEM);
POINT_DEFINE(lwp_point_context, "lwp.context", POINT_FAIL | POINT_STALL, ENOMEM);
POINT_DEFINE(lwp_point_pid, "lwp.pid", POINT_FAIL | POINT_STALL, EAGAIN);
POINT_DEFINE(lwp_point_join, "lwp.join", POINT_FAIL | POINT_STALL, EAGAIN);
POINT_DEFINE(lwp_probe_create, "proc:::lwp-create", POINT_PROBE, 0);

/*
 * A place in the user's count of LWPs, in which a process' first one is not (SPEC ADM-10). The
 * bound is RLIMIT_NTHR, or, for personalities without it, RLIMIT_NPROC for processes and LWPs
 * together.
 */
static int
lwp_charge(struct proc *p, struct lwp *l)
{
	struct ucount *uc;
	uint64_t limit, procs;
	bool root;

	spin_lock(&p->p_lock);
	root = cred_is_root(p->p_cred);
	limit = p->p_limits->pl_rlim[p->p_abi->ab_limits_lwps ? RLIMIT_NTHR : RLIMIT_NPROC].rl_cur;
	uc = ucount_hold(p->p_charge);
	spin_unlock(&p->p_lock);
	procs = p->p_abi->ab_limits_lwps ? 0 : load_relaxed(&uc->uc_nproc);
	if (root)
		limit = RLIM_INFINITY;
	else
		limit = limit > procs ? limit - procs : 0;
	if (!ucount_try(&uc->uc_nlwp, limit)) {
		ucount_put(uc);
		return EAGAIN;
	}
	l->l_charge = uc;
	return 0;
}

static int
lwp_number(struct lwp *l, pid_t want)
{
	int error;

	if ((error = point_fail(&lwp_point_pid)) != 0)
		return error;
	spin_lock(&proc_tree_lock);
	error = pid_alloc_locked(want, &l->l_tid);
	spin_unlock(&proc_tree_lock);
	return error;
}

/* All that can fail but the entry in the list. */
static int
lwp_build(struct lwp *l, struct lwp *caller, const struct lwp_args *la)
{
	int error;

	l->l_sigmask = caller->l_sigmask;
	memcpy(l->l_name, caller->l_name, sizeof(l->l_name));
	l->l_set_tid = la->la_child_tid;
	l->l_clear_tid = la->la_clear_tid;
	l->l_attn = LATTN_BORN;
	if ((error = lwp_charge(l->l_proc, l)) != 0 ||
	    (error = point_fail(&lwp_point_context)) != 0 ||
	    (error = lwp_set_context(l, caller, la->la_start, la->la_start_arg, la->la_stack)) != 0)
		return error;
	if (la->la_set_tls && arch_set_fsbase(l, la->la_tls) != 0)
		return EPERM;
	return lwp_number(l, la->la_tid);
}

/* Enters an LWP that has a number in its process, or gives the number back. */
static int
lwp_join(struct proc *p, struct lwp *l)
{
	int error = point_fail(&lwp_point_join);

	spin_lock(&proc_tree_lock);
	spin_lock(&p->p_lock);
	if (error == 0 && (p->p_flags & (PF_EXITING | PF_EXECING)) != 0)
		error = ERESTARTALWAYS;
	if (error == 0) {
		FIELDS_CHECK(lwp, l);
		list_push_back(&p->p_lwps, &l->l_link);
		p->p_nlwps++;
		if ((p->p_flags & PF_STOPPING) != 0)
			atomic_or(&l->l_attn, LATTN_STOP);
		pid_slot_locked(l->l_tid)->ps_lwp = l;
		signal_recompute_locked(l);
	}
	spin_unlock(&p->p_lock);
	if (error != 0)
		pid_release_locked(l->l_tid);
	spin_unlock(&proc_tree_lock);
	return error;
}

int
lwp_create(struct lwp *caller, const struct lwp_args *la, struct lwp **lp)
{
	struct proc *p = caller->l_proc;
	struct lwp *l;
	int error;

	ASSERT(caller == curlwp());
	if ((error = point_fail(&lwp_point_alloc)) != 0)
		return error;
	if ((l = lwp_alloc(p, caller)) == NULL)
		return ENOMEM;
	if ((error = lwp_build(l, caller, la)) != 0 || (error = lwp_join(p, l)) != 0) {
		lwp_free(l);
		return error;
	}
	(void)point_pass(&lwp_probe_create, (uintptr_t)p->p_pid, (uintptr_t)l->l_tid,
	    (uintptr_t)caller->l_tid);
	/* A bad address is the program's own loss: the LWP is there. */
	if (la->la_parent_tid != 0)
		(void)!copyout(&l->l_tid, (void *)la->la_parent_tid, sizeof(l->l_tid));
	*lp = l;
	return 0;
}

void
lwp_begin(struct lwp *l)
{
	sched_enqueue_new(l);
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
