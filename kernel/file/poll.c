/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for many files (poll.h): poll, ppoll, select and pselect are all poll_wait_many.
 *
 * The order that loses nothing. A poll operation records the waiter at the object's head, and
 * only then takes the object's lock and looks. Who makes something ready changes the state under
 * that lock and then calls poll_wakeup, with the lock held or after. If the look came first, the
 * entry is on the list by the time of the wake-up; if the change came first, the look sees it.
 * For the same reason poll_wakeup may look at the list without its lock to see that it is empty.
 *
 * poll_wait_many records itself at all heads in its first pass (until something is ready: then
 * there will be no sleep), and sleeps until pt_triggered. Later passes only look. The entries are
 * on the stack, for many files in chunks.
 *
 * Locks: ph_lock (RANK_POLL), below it pt_lock (RANK_CV). An entry is touched under its head's
 * lock only, so once poll_entry_remove has returned the waiter may vanish.
 */
#include "file/poll.h"

#include "arch/arch.h"
#include "file/fd.h"
#include "file/file.h"
#include "file/poll_int.h"
#include "mem/cache.h"
#include "sync/park.h"

#define INLINE_ENTRIES	10u
#define CHUNK_ENTRIES	64u
#define INLINE_FDS	12u

struct entry_chunk {
	struct entry_chunk *ec_next;
	uint32_t	 ec_n;
	struct poll_entry ec_entry[CHUNK_ENTRIES];
};

/* The waiter of poll_wait_many, on its stack. */
struct poll_table {
	struct poll_waiter pt_waiter;
	struct lwp	*pt_lwp;
	struct spinlock	 pt_lock;	/* guards the next two */
	bool		 pt_triggered;
	bool		 pt_asleep;
	bool		 pt_failed;	/* no memory for an entry */
	uint32_t	 pt_events;	/* of the request that is being recorded */
	uint32_t	 pt_n;
	struct entry_chunk *pt_chunks;
	struct poll_entry pt_entry[INLINE_ENTRIES];
};

static struct cache chunk_cache = CACHE_INIT("poll_chunk", struct entry_chunk);

void
poll_head_init(struct poll_head *ph)
{
	spin_init(&ph->ph_lock, "poll", RANK_POLL);
	list_init(&ph->ph_entries);
}

void
poll_head_init_nested(struct poll_head *ph)
{
	spin_init(&ph->ph_lock, "epoll head", RANK_NONE);
	list_init(&ph->ph_entries);
}

void
poll_head_fini(struct poll_head *ph)
{
	ASSERT(list_empty(&ph->ph_entries));
}

void
poll_wakeup(struct poll_head *ph, uint32_t events)
{
	if (load_relaxed(&ph->ph_entries.next) == &ph->ph_entries)
		return;
	spin_lock(&ph->ph_lock);
	list_foreach(pe, &ph->ph_entries, struct poll_entry, pe_link) {
		if (pe->pe_events != 0 && (events & (pe->pe_events | POLLERR | POLLHUP)) != 0)
			pe->pe_wake(pe, events);
	}
	spin_unlock(&ph->ph_lock);
}

void
poll_record(struct poll_waiter *w, struct poll_head *ph)
{
	struct poll_entry *pe;

	if (w == NULL || (pe = w->pw_entry(w)) == NULL)
		return;
	pe->pe_head = ph;
	spin_lock(&ph->ph_lock);
	list_push_back(&ph->ph_entries, &pe->pe_link);
	spin_unlock(&ph->ph_lock);
}

void
poll_entry_remove(struct poll_entry *pe)
{
	struct poll_head *ph = pe->pe_head;

	spin_lock(&ph->ph_lock);
	list_remove(&pe->pe_link);
	spin_unlock(&ph->ph_lock);
}

static void
table_wake(struct poll_entry *pe, uint32_t events)
{
	struct poll_table *pt = pe->pe_arg;

	(void)events;
	spin_lock(&pt->pt_lock);
	pt->pt_triggered = true;
	if (pt->pt_asleep) {
		pt->pt_asleep = false;
		unpark(pt->pt_lwp);
	}
	spin_unlock(&pt->pt_lock);
}

static struct poll_entry *
table_entry(struct poll_waiter *w)
{
	struct poll_table *pt = container_of(w, struct poll_table, pt_waiter);
	struct entry_chunk *ec = pt->pt_chunks;
	struct poll_entry *pe;

	if (pt->pt_n < INLINE_ENTRIES) {
		pe = &pt->pt_entry[pt->pt_n++];
	} else {
		if (ec == NULL || ec->ec_n == CHUNK_ENTRIES) {
			if ((ec = cache_alloc(&chunk_cache)) == NULL) {
				pt->pt_failed = true;
				return NULL;
			}
			ec->ec_next = pt->pt_chunks;
			pt->pt_chunks = ec;
		}
		pe = &ec->ec_entry[ec->ec_n++];
	}
	list_init(&pe->pe_link);
	pe->pe_events = pt->pt_events | POLLERR | POLLHUP;
	pe->pe_wake = table_wake;
	pe->pe_arg = pt;
	return pe;
}

static void
table_init(struct poll_table *pt)
{
	pt->pt_waiter.pw_entry = table_entry;
	pt->pt_lwp = curlwp();
	spin_init(&pt->pt_lock, "poll table", RANK_CV);
	pt->pt_triggered = pt->pt_asleep = pt->pt_failed = false;
	pt->pt_n = 0;
	pt->pt_chunks = NULL;
}

static void
table_fini(struct poll_table *pt)
{
	struct entry_chunk *ec;

	for (uint32_t i = 0; i < pt->pt_n; i++)
		poll_entry_remove(&pt->pt_entry[i]);
	while ((ec = pt->pt_chunks) != NULL) {
		for (uint32_t i = 0; i < ec->ec_n; i++)
			poll_entry_remove(&ec->ec_entry[i]);
		pt->pt_chunks = ec->ec_next;
		cache_free(&chunk_cache, ec);
	}
}

/* Until pt_triggered: 0, EINTR or ETIMEDOUT. */
static int
table_sleep(struct poll_table *pt, uint64_t deadline_ns)
{
	int error = 0;

	spin_lock(&pt->pt_lock);
	while (!pt->pt_triggered && error == 0) {
		pt->pt_asleep = true;
		error = park(&pt->pt_lock, "poll", true, deadline_ns);
		spin_lock(&pt->pt_lock);
		pt->pt_asleep = false;
	}
	if (pt->pt_triggered)
		error = 0;
	pt->pt_triggered = false;	/* what comes from now on is seen by the next look or sets
					 * it again */
	spin_unlock(&pt->pt_lock);
	return error;
}

/*
 * One pass over the requests; records at their heads as long as none is ready when record says
 * so.
 */
static size_t
scan(struct poll_req *rq, size_t n, struct poll_table *pt, bool record)
{
	size_t ready = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t want = rq[i].pr_events | POLLERR | POLLHUP;

		rq[i].pr_revents = 0;
		if (rq[i].pr_file == NULL)
			continue;
		pt->pt_events = want;
		rq[i].pr_revents = file_poll(rq[i].pr_file, record && ready == 0 ? &pt->pt_waiter :
		    NULL) &
		    (want | POLLNVAL);
		if (rq[i].pr_revents != 0)
			ready++;
	}
	return ready;
}

/*
 * The wait when the first ready ones are to be counted from `ready` (descriptors that are not
 * open).
 */
static int
wait_many(struct poll_req *rq, size_t n, uint64_t deadline_ns, size_t *nready, bool look_only)
{
	struct poll_table pt;
	size_t ready;
	int error = 0;

	table_init(&pt);
	look_only = look_only || deadline_ns == POLL_NOWAIT;
	ready = scan(rq, n, &pt, !look_only);
	while (ready == 0 && !look_only) {
		if (pt.pt_failed) {
			error = ENOMEM;
			break;
		}
		error = table_sleep(&pt, deadline_ns);
		ready = scan(rq, n, &pt, false);
		if (error != 0)
			break;
	}
	table_fini(&pt);
	*nready = ready;
	return ready != 0 || error == ETIMEDOUT ? 0 : error;
}

int
poll_wait_many(struct poll_req *rq, size_t n, uint64_t deadline_ns, size_t *nready)
{
	return wait_many(rq, n, deadline_ns, nready, false);
}

int
poll_wait_fds(struct fd_table *t, struct poll_fd *fds, size_t n, uint64_t deadline_ns,
    size_t *nready)
{
	struct poll_req few[INLINE_FDS], *rq = few;
	size_t bad = 0;
	int error;

	if (n > INLINE_FDS && (rq = kmalloc_array(n, sizeof(*rq))) == NULL)
		return ENOMEM;
	for (size_t i = 0; i < n; i++) {
		rq[i].pr_file = NULL;
		rq[i].pr_events = (uint16_t)fds[i].events;
		fds[i].revents = 0;
		if (fds[i].fd >= 0 && fd_get(t, fds[i].fd, &rq[i].pr_file) != 0) {
			fds[i].revents = POLLNVAL;
			bad++;
		}
	}
	error = wait_many(rq, n, deadline_ns, nready, bad != 0);
	for (size_t i = 0; i < n; i++) {
		if (rq[i].pr_file != NULL) {
			fds[i].revents = (int16_t)rq[i].pr_revents;
			file_drop(rq[i].pr_file);
		}
	}
	*nready += bad;
	if (rq != few)
		kfree(rq);
	return error;
}
