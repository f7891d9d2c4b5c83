/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Admission: how many processes there may be, in all and by real uid. A place is reserved before
 * anything is built and given back when the process is reaped, or by fork's undo.
 *
 * Both counts are raised by compare-and-swap to a value that the caller is entitled to, never past
 * it and back: nobody is refused because of others who are about to fail. The last places of the
 * global count are root's. What was charged is recorded in the process (p_charge), so a later
 * change of its uid cannot unbalance the counts.
 *
 * struct ucount, one per uid that is in use, holds the counts by uid. The table's lock is taken
 * after p_lock.
 *
 * A refused caller may be made to sleep (boot parameter forkfsleep, ms): that slows fork bombs. The
 * message "process table full" comes at most once in ten seconds; the next one tells how many were
 * left out.
 */
#include "mem/page.h"
#include "proc/proc_int.h"
#include "sched/clock.h"

#define ROOT_RESERVE	5		/* places that only root gets */
#define MAXPROC_MIN	64
#define MAXPROC_MAX	131072
#define PAGES_PER_PROC	16		/* a sleeping shell needs about that much */
#define FORKFSLEEP_MAX	20000		/* ms */
#define REPORT_NS	(10 * NSEC_PER_SEC)
#define UCOUNT_HASH	64

uint32_t proc_max = MAXPROC_MIN;
static uint32_t nproc = 1;		/* A  process 0 */
static uint32_t fork_fail_sleep_ms;

static struct cache ucount_cache = CACHE_INIT("ucount", struct ucount);
static struct spinlock ucount_lock = SPINLOCK_INIT("ucount", RANK_CRED);
static struct list ucount_table[UCOUNT_HASH];

/* A line of the log at most once in REPORT_NS: the winner of a compare-and-swap prints. */
struct report {
	uint64_t	 rp_next_ns;
	uint32_t	 rp_suppressed;
};

void
admit_init(void)
{
	uint64_t dflt = pages_total / PAGES_PER_PROC, n, ms;

	for (uint32_t i = 0; i < UCOUNT_HASH; i++)
		list_init(&ucount_table[i]);
	dflt = MIN(MAX(dflt, (uint64_t)MAXPROC_MIN), (uint64_t)MAXPROC_MAX);
	n = boot_param_u64("maxproc", dflt);
	if (n < 2 || n > 4194303) {
		klog(KLOG_WARN, "proc: maxproc=%llu is not in 2..4194303, ignored\n",
		    (unsigned long long)n);
		n = dflt;
	}
	proc_max = (uint32_t)n;
	ms = boot_param_u64("forkfsleep", 0);
	if (ms > FORKFSLEEP_MAX) {
		klog(KLOG_WARN, "proc: forkfsleep=%llu is not in 0..%u, ignored\n",
		    (unsigned long long)ms, FORKFSLEEP_MAX);
		ms = 0;
	}
	fork_fail_sleep_ms = (uint32_t)ms;
	plimit_init(proc_max);
}

/* --- counts by uid --- */

struct ucount *
ucount_get(uid_t uid)
{
	struct list *chain = &ucount_table[uid % UCOUNT_HASH];
	struct ucount *fresh = NULL, *found = NULL;

	for (;;) {
		spin_lock(&ucount_lock);
		list_foreach(uc, chain, struct ucount, uc_link) {
			if (uc->uc_uid == uid) {
				found = uc;
				break;
			}
		}
		if (found == NULL && fresh != NULL) {
			list_push_front(chain, &fresh->uc_link);
			found = fresh;
			fresh = NULL;
		}
		if (found != NULL)
			found->uc_refs++;
		spin_unlock(&ucount_lock);
		if (found != NULL)
			break;
		if ((fresh = cache_alloc(&ucount_cache)) == NULL)
			return NULL;
		fresh->uc_uid = uid;
	}
	cache_free(&ucount_cache, fresh);
	return found;
}

struct ucount *
ucount_hold(struct ucount *uc)
{
	spin_lock(&ucount_lock);
	ASSERT(uc->uc_refs > 0);
	uc->uc_refs++;
	spin_unlock(&ucount_lock);
	return uc;
}

void
ucount_put(struct ucount *uc)
{
	bool last;

	spin_lock(&ucount_lock);
	ASSERT(uc->uc_refs > 0);
	last = --uc->uc_refs == 0;
	if (last)
		list_remove(&uc->uc_link);
	spin_unlock(&ucount_lock);
	if (last) {
		ASSERT(uc->uc_nproc == 0 && uc->uc_nsig == 0);
		cache_free(&ucount_cache, uc);
	}
}

bool
ucount_try(uint32_t *counter, uint64_t limit)
{
	uint32_t was = load_relaxed(counter);

	do {
		if ((uint64_t)was + 1 > limit)
			return false;
	} while (!atomic_cas(counter, &was, was + 1));
	return true;
}

/* --- admission --- */

static void
report(struct report *rp, const char *what, const struct lwp *l)
{
	uint64_t now = clock_mono_ns(), next = load_relaxed(&rp->rp_next_ns);
	uint32_t left_out;

	if (now < next || !atomic_cas(&rp->rp_next_ns, &next, now + REPORT_NS)) {
		atomic_add(&rp->rp_suppressed, 1);
		return;
	}
	left_out = atomic_swap(&rp->rp_suppressed, 0);
	klog(KLOG_WARN, "proc: %s (pid %d, %s); %u more such failures before\n", what,
	    l->l_proc->p_pid, l->l_proc->p_comm, left_out);
}

/* A refused caller is slowed down; a caught signal does not shorten that, death does. */
static void
penalty(struct lwp *l, const char *wmesg)
{
	uint64_t ms = load_relaxed(&fork_fail_sleep_ms), end = clock_mono_ns() + ms * NSEC_PER_MSEC;

	if (ms == 0)
		return;
	l->l_sleep_ends = LATTN_DIE;
	while (!lwp_dying(l) && clock_mono_ns() < end)
		(void)kpause_sig(wmesg, end);
	l->l_sleep_ends = LATTN_INTERRUPTS;
}

int
admit_fork(struct lwp *l, const struct cred *cred, struct ucount **ucp)
{
	static struct report table_full;
	bool root = cred_is_root(cred);
	/*
	 * The highest value that the raised count may have; the count holds every process, process
	 * 0 included.
	 */
	uint64_t max = load_relaxed(&proc_max), limit = max - 1;
	uint64_t user_limit = root ? RLIM_INFINITY : proc_limit(l->l_proc, RLIMIT_NPROC);
	struct ucount *uc;

	if (!root)
		limit = max > ROOT_RESERVE ? max - ROOT_RESERVE - 1 : 0;
	if (!ucount_try(&nproc, limit)) {
		report(&table_full, "process table full: raise maxproc", l);
		penalty(l, "forkmx");
		return EAGAIN;
	}
	if ((uc = ucount_get(cred->cr_uid)) == NULL) {
		atomic_sub(&nproc, 1);
		return ENOMEM;
	}
	if (!ucount_try(&uc->uc_nproc, user_limit)) {
		ucount_put(uc);
		atomic_sub(&nproc, 1);
		penalty(l, "forkulim");
		return EAGAIN;
	}
	*ucp = uc;
	return 0;
}

void
admit_undo(struct ucount *uc)
{
	ASSERT(load_relaxed(&uc->uc_nproc) > 0);
	atomic_sub(&uc->uc_nproc, 1);
	ucount_put(uc);
	atomic_sub(&nproc, 1);
}

void
admit_no_memory(struct lwp *l)
{
	static struct report no_memory;

	report(&no_memory, "no memory for a new process", l);
	penalty(l, "forkmem");
}

uint32_t
proc_count(void)
{
	return load_relaxed(&nproc);
}

uint32_t
proc_maxproc(void)
{
	return load_relaxed(&proc_max);
}
