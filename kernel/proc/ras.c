/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Restartable sequences: user code that must not be interrupted half way.
 *
 * A program names stretches of its code. If it loses the CPU, or a signal handler is entered, while
 * it is in one, it does not go on where it was: it starts the stretch again, or goes to another
 * place that it named. So it can do per-CPU or per-thread work without atomic instructions. There
 * are two ways of naming:
 *
 *	NetBSD's	a list of ranges of the process (p_ras, at most RAS_MAX). An LWP that was
 *			interrupted behind
 *			the first instruction of one starts again at its first.
 *	Linux's		each LWP registers a structure in its own memory (l_rseq). While it is in
 *			a sequence, the
 *			structure points to a descriptor: where the sequence is, and where to go
 *			if it is
 *			interrupted. The kernel also keeps the number of the CPU there.
 *
 * When. The kernel is not preempted, so an LWP loses the CPU only in the kernel, and always passes
 * user_return afterwards. Every switch raises s_nvcsw or s_nivcsw; user_return compares their sum
 * with the one at the last fixup (ras_pending): that costs two loads, and nothing in the switch
 * itself. The fixup touches user memory and may itself be switched away: then the sums differ
 * again, and it is done again. A migration is a switch. Before a handler's frame is built the
 * fixup is done in any case, so the address that the handler returns to is the right one.
 *
 * Locks: p_ras changes under p_lock; it is allocated by the first ras_add and lives until exec,
 * ras_remove_all or the process' end. l_rseq is the LWP's own.
 *
 * Inheritance: fork copies the ranges, and the registration if memory is copied; a child on shared
 * memory, like a new LWP, starts without one. exec drops both.
 */
#include "arch/arch.h"
#include "machine/frame.h"
#include "proc/proc_int.h"
#include "proc/ras.h"
#include "signal/signal.h"

static struct cache ras_cache = CACHE_INIT("ras", struct ras_set);

/* --- ranges --- */

static int
ras_add_locked(struct ras_set *rs, vaddr_t start, vaddr_t end)
{
	if (rs->rs_n == RAS_MAX)
		return EINVAL;
	for (uint32_t i = 0; i < rs->rs_n; i++) {
		if (start < rs->rs_range[i].end && end > rs->rs_range[i].start)
			return EINVAL;
	}
	rs->rs_range[rs->rs_n].start = start;
	rs->rs_range[rs->rs_n].end = end;
	rs->rs_n++;
	return 0;
}

int
ras_add(struct proc *p, vaddr_t start, size_t len)
{
	struct ras_set *fresh;
	int error;

	if (len == 0 || start < USER_MIN || start >= USER_MAX || len > USER_MAX - start)
		return EINVAL;
	if ((fresh = cache_alloc(&ras_cache)) == NULL)
		return ENOMEM;
	spin_lock(&p->p_lock);
	if (p->p_ras == NULL) {
		p->p_ras = fresh;
		fresh = NULL;
	}
	error = ras_add_locked(p->p_ras, start, start + len);
	spin_unlock(&p->p_lock);
	if (fresh != NULL)
		cache_free(&ras_cache, fresh);
	return error;
}

int
ras_remove(struct proc *p, vaddr_t start, size_t len)
{
	struct ras_set *rs;
	int error = ESRCH;

	spin_lock(&p->p_lock);
	rs = p->p_ras;
	for (uint32_t i = 0; rs != NULL && i < rs->rs_n; i++) {
		if (rs->rs_range[i].start == start && rs->rs_range[i].end == start + len) {
			rs->rs_range[i] = rs->rs_range[--rs->rs_n];
			error = 0;
			break;
		}
	}
	spin_unlock(&p->p_lock);
	return error;
}

void
ras_remove_all(struct proc *p)
{
	struct ras_set *rs;

	spin_lock(&p->p_lock);
	rs = p->p_ras;
	p->p_ras = NULL;
	spin_unlock(&p->p_lock);
	if (rs != NULL)
		cache_free(&ras_cache, rs);
}

/* Where an LWP of p that was interrupted at pc goes on. */
static vaddr_t
ras_restart(struct proc *p, vaddr_t pc)
{
	struct ras_set *rs;

	spin_lock(&p->p_lock);
	rs = p->p_ras;
	for (uint32_t i = 0; rs != NULL && i < rs->rs_n; i++) {
		if (pc > rs->rs_range[i].start && pc < rs->rs_range[i].end) {
			pc = rs->rs_range[i].start;
			break;
		}
	}
	spin_unlock(&p->p_lock);
	return pc;
}

/* --- Linux's --- */

/* The structure, and the descriptor of a sequence that it points to. */
struct rseq_user {
	uint32_t	 ru_cpu_start;
	uint32_t	 ru_cpu;
	uint64_t	 ru_cs;		/* address of a struct rseq_cs_user; 0: in none */
	uint32_t	 ru_flags;
	uint32_t	 ru_pad[3];
};
STATIC_ASSERT(sizeof(struct rseq_user) == RSEQ_SIZE);

struct rseq_cs_user {
	uint32_t	 rc_version;
	uint32_t	 rc_flags;
	uint64_t	 rc_start;
	uint64_t	 rc_len;
	uint64_t	 rc_abort;
};

#define RSEQ_CPU_NONE	0xffffffffu	/* ru_cpu: not registered */

static void *
rseq_field(vaddr_t ru, size_t offset)
{
	return (void *)(ru + offset);
}

static int
rseq_cpu_out(vaddr_t ru, uint32_t cpu_start, uint32_t cpu)
{
	const uint32_t pair[2] = { cpu_start, cpu };

	return copyout(pair, rseq_field(ru, offsetof(struct rseq_user, ru_cpu_start)),
	    sizeof(pair));
}

int
rseq_register(struct lwp *l, vaddr_t ru, uint32_t sig)
{
	if (l->l_rseq != 0) {
		if (l->l_rseq != ru)
			return EINVAL;
		return l->l_rseq_sig != sig ? EPERM : EBUSY;
	}
	if (ru % RSEQ_SIZE != 0)
		return EINVAL;
	if (ru >= USER_MAX || USER_MAX - ru < RSEQ_SIZE)
		return EFAULT;
	l->l_rseq = ru;
	l->l_rseq_sig = sig;
	l->l_ras_switches = UINT64_MAX;	/* the CPU is told on the way back */
	return 0;
}

int
rseq_unregister(struct lwp *l, vaddr_t ru, uint32_t sig)
{
	if (l->l_rseq == 0 || l->l_rseq != ru)
		return EINVAL;
	if (l->l_rseq_sig != sig)
		return EPERM;
	if (rseq_cpu_out(ru, 0, RSEQ_CPU_NONE) != 0)
		return EFAULT;
	l->l_rseq = 0;
	return 0;
}

/*
 * Reads and checks the descriptor. The word before the abort address must be the signature: it is
 * code meant for this.
 */
static int
rseq_descriptor(struct lwp *l, vaddr_t at, struct rseq_cs_user *cs)
{
	uint32_t sig;

	if (at >= USER_MAX || copyin((void *)at, cs, sizeof(*cs)) != 0)
		return EFAULT;
	if (cs->rc_version != 0 || cs->rc_start >= USER_MAX ||
	    cs->rc_len > USER_MAX - cs->rc_start ||
	    cs->rc_abort >= USER_MAX || cs->rc_abort < sizeof(sig) ||
	    cs->rc_abort - cs->rc_start < cs->rc_len)
		return EINVAL;
	if (copyin((void *)(cs->rc_abort - sizeof(sig)), &sig, sizeof(sig)) != 0)
		return EFAULT;
	return sig == l->l_rseq_sig ? 0 : EINVAL;
}

/* Takes the LWP out of the sequence that its structure names. */
static int
rseq_abort(struct lwp *l, struct trapframe *tf)
{
	const uint64_t none = 0;
	struct rseq_cs_user cs;
	struct rseq_user ru;
	int error;

	if (copyin((void *)l->l_rseq, &ru, sizeof(ru)) != 0)
		return EFAULT;
	if (ru.ru_cs == 0)
		return 0;
	if ((error = rseq_descriptor(l, ru.ru_cs, &cs)) != 0)
		return error;
	if (tf->tf_rip - cs.rc_start < cs.rc_len) {
		if (ru.ru_flags != 0 || cs.rc_flags != 0)
			return EINVAL;
		tf->tf_rip = cs.rc_abort;
	}
	return copyout(&none, rseq_field(l->l_rseq, offsetof(struct rseq_user, ru_cs)),
	    sizeof(none));
}

static void
rseq_fixup(struct lwp *l, struct trapframe *tf)
{
	struct ksiginfo segv = ksiginfo_kernel(SIGSEGV);
	uint32_t cpu;
	int error;

	error = rseq_abort(l, tf);
	cpu = load_relaxed(&l->l_sched.s_cpu);
	if (error == 0)
		error = rseq_cpu_out(l->l_rseq, cpu, cpu);
	if (error != 0) {
		l->l_rseq = 0;		/* else the handler would fault again */
		signal_force(l, &segv);
	}
}

/* --- for the others --- */

void
ras_fixup(struct lwp *l, struct trapframe *tf)
{
	struct proc *p = l->l_proc;

	l->l_ras_switches = l->l_sched.s_nvcsw + l->l_sched.s_nivcsw;
	if (load_relaxed(&p->p_ras) != NULL)
		tf->tf_rip = ras_restart(p, tf->tf_rip);
	if (l->l_rseq != 0)
		rseq_fixup(l, tf);
}

int
ras_fork(struct proc *child, struct lwp *cl, struct proc *parent, const struct lwp *pl,
    bool share_vm)
{
	struct ras_set *rs = NULL;

	if (!share_vm) {
		cl->l_rseq = pl->l_rseq;
		cl->l_rseq_sig = pl->l_rseq_sig;
	}
	cl->l_ras_switches = UINT64_MAX;
	if (load_relaxed(&parent->p_ras) == NULL)
		return 0;
	if ((rs = cache_alloc(&ras_cache)) == NULL)
		return ENOMEM;
	spin_lock(&parent->p_lock);
	if (parent->p_ras != NULL) {
		*rs = *parent->p_ras;
		child->p_ras = rs;
		rs = NULL;
	}
	spin_unlock(&parent->p_lock);
	if (rs != NULL)
		cache_free(&ras_cache, rs);
	return 0;
}

void
ras_exec(struct lwp *l)
{
	l->l_rseq = 0;
	ras_remove_all(l->l_proc);
}
