/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Admission: how many processes there may be, in all and by real uid. A place is reserved before
 * anything is built and given back when the process is reaped, or by fork's undo.
 *
 * Both counts are raised by compare-and-swap to a value that the caller is entitled to, never past
 * it and back: nobody is refused because of others who are about to fail. The policy is asked about
 * the very value that the swap then makes true. The last places of the
 * global count are root's, unless a policy says otherwise (auth.c). What was charged is recorded
 * in the process (p_charge), so a later change of its uid cannot unbalance the counts.
 *
 * struct ucount, one per uid that is in use, holds the counts by uid. The table's lock is taken
 * after p_lock.
 *
 * A refused caller may be made to sleep (boot parameter forkfsleep, ms): that slows fork bombs. The
 * message "process table full" comes at most once in ten seconds; the next one tells how many were
 * left out.
 */
#include "mem/page.h"
#include "proc/auth.h"
#include "proc/proc_int.h"
#include "sched/clock.h"

#define MAXPROC_MIN	64
#define MAXPROC_MAX	131072
#define PAGES_PER_PROC	16		/* a sleeping shell needs about that much */
#define TICK_MS		10		/* the shortest penalty */
#define REPORT_NS	(10 * NSEC_PER_SEC)
#define UCOUNT_HASH	64

uint32_t proc_max = MAXPROC_MIN;
static uint32_t nproc = 1;		/* A  process 0 */
uint32_t fork_fail_sleep_ms;

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
	uint64_t dflt = pages_total / PAGES_PER_PROC;

	for (uint32_t i = 0; i < UCOUNT_HASH; i++)
		list_init(&ucount_table[i]);
	proc_max = (uint32_t)MIN(MAX(dflt, (uint64_t)MAXPROC_MIN), (uint64_t)MAXPROC_MAX);
	auth_init();
	tunable_boot();
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

/* Tells whether a line may be written now; *left_out: how many were not since the last. */
static bool
report_due(struct report *rp, uint32_t *left_out)
{
	uint64_t now = clock_mono_ns(), next = load_relaxed(&rp->rp_next_ns);

	if (now < next || !atomic_cas(&rp->rp_next_ns, &next, now + REPORT_NS)) {
		atomic_add(&rp->rp_suppressed, 1);
		return false;
	}
	*left_out = atomic_swap(&rp->rp_suppressed, 0);
	return true;
}

static void
report_table_full(const struct lwp *l)
{
	static struct report rp;
	uint32_t left_out;

	if (report_due(&rp, &left_out))
		klog(KLOG_WARN,
		    "proc: table full: proc, raise kern.maxproc (%u; pid %d, %s, uid %u); "
		    "%u more such failures before\n", load_relaxed(&proc_max), l->l_proc->p_pid,
		    l->l_proc->p_comm, l->l_proc->p_cred->cr_uid, left_out);
}

static void
report_policy(const struct lwp *l, const char *policy)
{
	static struct report rp;
	uint32_t left_out;

	if (report_due(&rp, &left_out))
		klog(KLOG_WARN,
		    "proc: policy %s refuses a fork (pid %d, %s); %u more such refusals before\n",
		    policy, l->l_proc->p_pid, l->l_proc->p_comm, left_out);
}

/*
 * A refused caller is slowed down, by at least a tick; a caught signal does not shorten that, death
 * does. The tunable is read once.
 */
static void
penalty(struct lwp *l, const char *wmesg)
{
	uint64_t ms = load_relaxed(&fork_fail_sleep_ms), end;

	if (ms == 0)
		return;
	end = clock_mono_ns() + MAX(ms, (uint64_t)TICK_MS) * NSEC_PER_MSEC;
	l->l_sleep_ends = LATTN_DIE;
	while (!lwp_dying(l) && clock_mono_ns() < end)
		(void)kpause_sig(wmesg, end);
	l->l_sleep_ends = LATTN_INTERRUPTS;
}

/* A place among all processes. */
static int
admit_global(struct lwp *l, const struct cred *cred)
{
	struct auth_request aq = { .aq_action = AUTH_FORK, .aq_cred = cred, .aq_proc = l->l_proc };
	uint32_t was = load_relaxed(&nproc);
	const char *policy = NULL;
	bool refused;

	do {
		aq.aq_count = (uint64_t)was + 1;
		refused = aq.aq_count >= load_relaxed(&proc_max) || auth_check(&aq, &policy) != 0;
	} while (!refused && !atomic_cas(&nproc, &was, was + 1));
	if (!refused)
		return 0;
	if (policy != NULL)
		report_policy(l, policy);
	else
		report_table_full(l);
	penalty(l, "forkmx");
	return EAGAIN;
}

/* A place among those of the user; who goes beyond the limit needs to be let. */
static int
admit_user(struct lwp *l, const struct cred *cred, struct ucount *uc)
{
	struct plimit *limits = proc_limits_hold(l->l_proc);
	struct auth_request aq = { .aq_action = AUTH_NPROC, .aq_cred = cred, .aq_proc = l->l_proc,
	    .aq_limits = limits, .aq_which = RLIMIT_NPROC };
	uint64_t limit = limits->pl_rlim[RLIMIT_NPROC].rl_cur;
	uint32_t was = load_relaxed(&uc->uc_nproc);
	bool refused;

	do {
		aq.aq_count = (uint64_t)was + 1;
		refused = aq.aq_count > limit && auth_check(&aq, NULL) != 0;
	} while (!refused && !atomic_cas(&uc->uc_nproc, &was, was + 1));
	plimit_drop(limits);
	return refused ? EAGAIN : 0;
}

int
admit_fork(struct lwp *l, const struct cred *cred, struct ucount **ucp)
{
	struct ucount *uc;
	int error;

	if ((error = admit_global(l, cred)) != 0)
		return error;
	if ((uc = ucount_get(cred->cr_uid)) == NULL) {
		atomic_sub(&nproc, 1);
		return ENOMEM;
	}
	if ((error = admit_user(l, cred, uc)) != 0) {
		ucount_put(uc);
		atomic_sub(&nproc, 1);
		penalty(l, "forkulim");
		return error;
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
	static struct report rp;
	uint32_t left_out;

	if (report_due(&rp, &left_out))
		klog(KLOG_WARN,
		    "proc: no memory for a new process (pid %d, %s); %u more such failures before\n",
		    l->l_proc->p_pid, l->l_proc->p_comm, left_out);
	penalty(l, "forkmem");
}

uint32_t
proc_count(void)
{
	return load_relaxed(&nproc);
}

