/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accounting. Each LWP counts for itself, unlocked; others read the counters as they are. What an
 * LWP has used goes to its process when it leaves (p_ru), and what a process has used goes to its
 * parent when it is waited for (p_ru_children).
 */
#include "proc/proc_int.h"
#include "vm/vm.h"

void
rusage_add(struct rusage_k *sum, const struct rusage_k *part)
{
	sum->ru_utime_ns += part->ru_utime_ns;
	sum->ru_stime_ns += part->ru_stime_ns;
	sum->ru_maxrss_pages = MAX(sum->ru_maxrss_pages, part->ru_maxrss_pages);
	sum->ru_minflt += part->ru_minflt;
	sum->ru_majflt += part->ru_majflt;
	sum->ru_inblock += part->ru_inblock;
	sum->ru_oublock += part->ru_oublock;
	sum->ru_nvcsw += part->ru_nvcsw;
	sum->ru_nivcsw += part->ru_nivcsw;
}

void
lwp_rusage(struct lwp *l, struct rusage_k *ru)
{
	const struct sched_lwp *s = &l->l_sched;

	*ru = (struct rusage_k){
		.ru_utime_ns = arch_cycles_to_ns(load_relaxed(&s->s_cycles[true])),
		.ru_stime_ns = arch_cycles_to_ns(load_relaxed(&s->s_cycles[false])),
		.ru_nvcsw = load_relaxed(&s->s_nvcsw),
		.ru_nivcsw = load_relaxed(&s->s_nivcsw),
		.ru_minflt = load_relaxed(&l->l_minflt),
	};
}

void
lwp_count_fault(struct lwp *l)
{
	store_relaxed(&l->l_minflt, l->l_minflt + 1);
}

/* The peak is sampled by vm: now may be higher. */
static uint64_t
space_peak(struct vm_space *vs)
{
	return MAX(load_relaxed(&vs->vs_peak_rss), vm_space_rss(vs));
}

void
proc_rusage_locked(struct proc *p, struct rusage_k *ru)
{
	struct rusage_k part;

	ASSERT_SPIN_HELD(&p->p_lock);
	*ru = p->p_ru;
	list_foreach(l, &p->p_lwps, struct lwp, l_link) {
		lwp_rusage(l, &part);
		rusage_add(ru, &part);
	}
	if (p->p_space != NULL)
		ru->ru_maxrss_pages = MAX(ru->ru_maxrss_pages, space_peak(p->p_space));
}

void
proc_rusage_self(struct proc *p, struct rusage_k *ru)
{
	spin_lock(&p->p_lock);
	proc_rusage_locked(p, ru);
	spin_unlock(&p->p_lock);
}

void
proc_rusage_children(struct proc *p, struct rusage_k *ru)
{
	spin_lock(&proc_tree_lock);
	*ru = p->p_ru_children;
	spin_unlock(&proc_tree_lock);
}
