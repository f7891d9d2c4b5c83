/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resource limits. p_limits points to an immutable counted set; readers take p_lock for the load of
 * the pointer, and a reference when they keep it. A change copies the set, edits the copy and
 * publishes it: two changers are ordered by retrying when the set is not the one that was copied.
 */
#include "proc/proc_int.h"
#include "vm/vm.h"

#define MIB	(1024ull * 1024)

static struct cache plimit_cache = CACHE_INIT("plimit", struct plimit);

#define UNLIMITED	{ RLIM_INFINITY, RLIM_INFINITY }

struct plimit plimit_boot = {
	.pl_refs = { 1 },
	.pl_rlim = {
		[RLIMIT_CPU] = UNLIMITED,
		[RLIMIT_FSIZE] = UNLIMITED,
		[RLIMIT_DATA] = UNLIMITED,
		[RLIMIT_STACK] = { 8 * MIB, RLIM_INFINITY },
		[RLIMIT_CORE] = { 0, RLIM_INFINITY },
		[RLIMIT_RSS] = UNLIMITED,
		[RLIMIT_NPROC] = { 64, 64 },		/* plimit_init */
		[RLIMIT_NOFILE] = { 1024, 4096 * 16 },
		[RLIMIT_MEMLOCK] = { 8 * MIB, 8 * MIB },
		[RLIMIT_AS] = UNLIMITED,
		[RLIMIT_LOCKS] = UNLIMITED,
		[RLIMIT_SIGPENDING] = { 64, 64 },	/* plimit_init */
		[RLIMIT_MSGQUEUE] = { 819200, 819200 },
		[RLIMIT_NICE] = { 0, 0 },
		[RLIMIT_RTPRIO] = { 0, 0 },
		[RLIMIT_RTTIME] = UNLIMITED,
		[RLIMIT_NTHR] = UNLIMITED,
	},
};

void
plimit_init(uint64_t maxproc)
{
	uint64_t n = MAX(maxproc / 2, 32ull);

	plimit_boot.pl_rlim[RLIMIT_NPROC] = (struct rlimit_k){ n, n };
	plimit_boot.pl_rlim[RLIMIT_SIGPENDING] = (struct rlimit_k){ n, n };
}

struct plimit *
plimit_hold(struct plimit *pl)
{
	ref_get(&pl->pl_refs);
	return pl;
}

void
plimit_drop(struct plimit *pl)
{
	if (ref_put(&pl->pl_refs))
		cache_free(&plimit_cache, pl);
}

struct plimit *
proc_limits_hold(struct proc *p)
{
	struct plimit *pl;

	spin_lock(&p->p_lock);
	pl = plimit_hold(p->p_limits);
	spin_unlock(&p->p_lock);
	return pl;
}

void
proc_limit_get(struct proc *p, enum rlimit_which which, struct rlimit_k *rl)
{
	spin_lock(&p->p_lock);
	*rl = p->p_limits->pl_rlim[which];
	spin_unlock(&p->p_lock);
}

uint64_t
proc_limit(struct proc *p, enum rlimit_which which)
{
	struct rlimit_k rl;

	proc_limit_get(p, which, &rl);
	return rl.rl_cur;
}

/* The space keeps copies of the limits that it enforces. */
static void
limit_tell_space(struct proc *p, enum rlimit_which which, uint64_t value)
{
	struct vm_space *vs = proc_space_hold(p);

	if (vs == NULL)
		return;
	if (which == RLIMIT_AS)
		store_relaxed(&vs->vs_limit_as, value);
	else if (which == RLIMIT_DATA)
		store_relaxed(&vs->vs_limit_data, value);
	else if (which == RLIMIT_STACK)
		store_relaxed(&vs->vs_limit_stack, value);
	else if (which == RLIMIT_MEMLOCK)
		store_relaxed(&vs->vs_limit_memlock, value);
	vm_space_drop(vs);
}

int
proc_limit_set(struct proc *p, enum rlimit_which which, const struct rlimit_k *rl)
{
	struct cred *cred = proc_cred_hold(curproc());
	bool root = cred_is_root(cred), retry = true;
	struct plimit *old, *new;
	int error = 0;

	cred_drop(cred);
	if (rl->rl_cur > rl->rl_max)
		return EINVAL;
	if ((new = cache_alloc(&plimit_cache)) == NULL)
		return ENOMEM;
	while (retry) {
		old = proc_limits_hold(p);
		*new = *old;
		ref_init(&new->pl_refs, 1);
		new->pl_rlim[which] = *rl;
		if (rl->rl_max > old->pl_rlim[which].rl_max && !root) {
			error = EPERM;
			retry = false;
		} else {
			spin_lock(&p->p_lock);
			if (p->p_limits == old) {
				p->p_limits = new;
				new = old;		/* p's reference: to be dropped */
				retry = false;
			}
			spin_unlock(&p->p_lock);
		}
		plimit_drop(old);
	}
	plimit_drop(new);
	if (error == 0 && which == RLIMIT_CPU)
		proc_itimer_limit_changed(p);
	else if (error == 0)
		limit_tell_space(p, which, rl->rl_cur);
	return error;
}
