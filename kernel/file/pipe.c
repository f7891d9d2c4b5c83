/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes and fifos (pipe.h).
 *
 * A pipe is a ring of bytes in pages. pi_head counts the bytes written since birth, pi_tail the
 * bytes read; both only grow (but see settle()), byte b lives in page b / PAGE_SIZE % pi_npages.
 * A page is allocated when the first byte goes into it and given back when the last byte has been
 * read, so an idle pipe holds one page or none; a few spare ones are kept against ping-pong with
 * the allocator. Head and tail may stand in the same page at once when the ring is full and the
 * tail is not at a page's start: the page is then kept when the tail leaves it.
 *
 * A write of at most PIPE_BUF bytes waits until it fits whole. Longer ones go in pieces, and
 * other writers may come between. Readers sleep while the ring is empty and a writer exists,
 * writers while there is no room and a reader exists. Copying from and to the user is done with
 * pi_lock held: one transfer at a time, in order; a fault under it takes only vm's locks.
 *
 * pi_readers and pi_writers count open files (O_RDWR of a fifo counts as both). pi_rgen and
 * pi_wgen count opens ever, so that an open that waits for the other side also sees a peer that
 * came and went. pi_users counts the files and opens in progress: at 0 the pipe dies; it is
 * guarded by slot_lock, as is the vnode's pointer to the pipe.
 *
 * A reader's file notes pi_wgen at its open (f_ra_state): before the first writer of a fifo
 * comes, poll does not report POLLHUP.
 */
#include "file/pipe.h"

#include "arch/arch.h"
#include "file/poll.h"
#include "mem/cache.h"
#include "mem/page.h"
#include "sync/cv.h"

#define NPAGES_DEFAULT	(PIPE_DEFAULT / PAGE_SIZE)
#define NSPARE		4u
#define FIONREAD	0x541b

/*
 * P pi_lock   S slot_lock   C constant
 */
struct pipe {
	struct mutex	 pi_lock;
	struct cv	 pi_rcv;	/* readers wait: data, or no writer */
	struct cv	 pi_wcv;	/* writers wait: room, or no reader */
	struct cv	 pi_ocv;	/* opens wait for the other side */
	struct poll_head pi_poll;
	uint64_t	 pi_head;	/* P */
	uint64_t	 pi_tail;	/* P */
	void		**pi_page;	/* P  own  kva's, null when empty */
	uint32_t	 pi_npages;	/* P */
	uint32_t	 pi_nspare;	/* P */
	void		*pi_spare[NSPARE];	/* P  own */
	uint32_t	 pi_readers;	/* P */
	uint32_t	 pi_writers;	/* P */
	uint64_t	 pi_rgen;	/* P */
	uint64_t	 pi_wgen;	/* P */
	uint32_t	 pi_users;	/* S */
	struct pipe	**pi_slot;	/* C  the vnode's pointer here; null: anonymous */
	ino_t		 pi_ino;	/* C */
};

static struct cache pipe_cache = CACHE_INIT("pipe", struct pipe);
static struct spinlock slot_lock = SPINLOCK_INIT("fifo slots", RANK_NONE);

static const struct file_ops pipe_ops;

static struct pipe *
pipe_alloc(struct pipe **slot)
{
	struct pipe *pi = cache_alloc(&pipe_cache);

	if (pi == NULL)
		return NULL;
	pi->pi_npages = NPAGES_DEFAULT;
	if ((pi->pi_page = kmalloc_array(pi->pi_npages, sizeof(void *))) == NULL) {
		cache_free(&pipe_cache, pi);
		return NULL;
	}
	mutex_init(&pi->pi_lock, "pipe", RANK_PIPE);
	cv_init(&pi->pi_rcv, "piperd");
	cv_init(&pi->pi_wcv, "pipewr");
	cv_init(&pi->pi_ocv, "fifo");
	poll_head_init(&pi->pi_poll);
	pi->pi_users = 1;
	pi->pi_slot = slot;
	pi->pi_ino = file_anon_ino();
	return pi;
}

static void
page_put(void *kva)
{
	if (kva != NULL)
		page_free(phys_to_page(kva_to_phys(kva)), 0);
}

static void
pipe_free(struct pipe *pi)
{
	for (uint32_t i = 0; i < pi->pi_npages; i++)
		page_put(pi->pi_page[i]);
	for (uint32_t i = 0; i < pi->pi_nspare; i++)
		page_put(pi->pi_spare[i]);
	poll_head_fini(&pi->pi_poll);
	kfree(pi->pi_page);
	cache_free(&pipe_cache, pi);
}

static void
pipe_unuse(struct pipe *pi)
{
	bool last;

	spin_lock(&slot_lock);
	last = --pi->pi_users == 0;
	if (last && pi->pi_slot != NULL)
		*pi->pi_slot = NULL;
	spin_unlock(&slot_lock);
	if (last)
		pipe_free(pi);
}

static inline size_t
used(const struct pipe *pi)
{
	return pi->pi_head - pi->pi_tail;
}

static inline size_t
room(const struct pipe *pi)
{
	return pi->pi_npages * PAGE_SIZE - used(pi);
}

static inline void **
page_slot(struct pipe *pi, uint64_t at)
{
	return &pi->pi_page[(at >> PAGE_SHIFT) % pi->pi_npages];
}

/* The page that byte pi_head goes into. ENOMEM. */
static int
head_page(struct pipe *pi, void **kva)
{
	void **slot = page_slot(pi, pi->pi_head);
	struct page *pg;

	if (*slot == NULL) {
		if (pi->pi_nspare > 0) {
			*slot = pi->pi_spare[--pi->pi_nspare];
		} else {
			if ((pg = page_alloc(0, 0)) == NULL)
				return ENOMEM;
			*slot = page_kva(pg);
		}
	}
	*kva = *slot;
	return 0;
}

/* The tail has left the page that held byte `at`. */
static void
leave_page(struct pipe *pi, uint64_t at)
{
	void **slot = page_slot(pi, at);

	if (used(pi) != 0 && (pi->pi_head - 1) >> PAGE_SHIFT == (at >> PAGE_SHIFT) + pi->pi_npages)
		return;		/* the head came round into it */
	if (pi->pi_nspare < NSPARE)
		pi->pi_spare[pi->pi_nspare++] = *slot;
	else
		page_put(*slot);
	*slot = NULL;
}

/*
 * After a read. An empty pipe starts again at the beginning of its page: short messages then use
 * one page only.
 */
static void
settle(struct pipe *pi)
{
	if (used(pi) == 0)
		pi->pi_head = pi->pi_tail = rounddown2(pi->pi_tail, PAGE_SIZE);
}

/* Moves what there is. */
static int
take_locked(struct pipe *pi, struct uio *u)
{
	int error = 0;

	while (u->u_resid > 0 && used(pi) > 0 && error == 0) {
		size_t off = pi->pi_tail & PAGE_MASK, before = u->u_resid;
		size_t n = MIN(PAGE_SIZE - off, used(pi));
		uint64_t at = pi->pi_tail;

		error = uio_move((char *)*page_slot(pi, at) + off, n, u);
		pi->pi_tail += before - u->u_resid;
		if (at >> PAGE_SHIFT != pi->pi_tail >> PAGE_SHIFT)
			leave_page(pi, at);
	}
	settle(pi);
	return error;
}

static int
pipe_read(struct file *f, struct uio *u)
{
	struct pipe *pi = f->f_data;
	int error = 0;

	if (u->u_resid == 0)
		return 0;
	mutex_lock(&pi->pi_lock);
	while (used(pi) == 0) {
		if (pi->pi_writers == 0)
			goto out;
		error = file_nonblock(f) ? EAGAIN : cv_wait_sig(&pi->pi_rcv, &pi->pi_lock);
		if (error != 0 && used(pi) == 0) {
			if (error == EINTR)
				error = ERESTART;
			goto out;
		}
	}
	error = take_locked(pi, u);
	if (room(pi) >= PIPE_BUF) {
		cv_broadcast(&pi->pi_wcv);
		poll_wakeup(&pi->pi_poll, POLL_WRITE);
	}
	if (used(pi) > 0)
		cv_signal(&pi->pi_rcv);		/* another reader can go on */
out:
	mutex_unlock(&pi->pi_lock);
	return error;
}

/*
 * Moves n bytes, which fit. On a fault in the midst of an atomic write the bytes before it stay,
 * as they do in Linux.
 */
static int
put_locked(struct pipe *pi, struct uio *u, size_t n)
{
	void *kva;
	int error;

	while (n > 0) {
		size_t off = pi->pi_head & PAGE_MASK, before = u->u_resid;

		if ((error = head_page(pi, &kva)) != 0)
			return error;
		error = uio_move((char *)kva + off, MIN(n, PAGE_SIZE - off), u);
		pi->pi_head += before - u->u_resid;
		if (error != 0)
			return error;
		n -= before - u->u_resid;
	}
	return 0;
}

static void
announce_data(struct pipe *pi)
{
	if (used(pi) == 0)
		return;
	cv_signal(&pi->pi_rcv);
	poll_wakeup(&pi->pi_poll, POLL_READ);
}

static int
write_locked(struct pipe *pi, struct file *f, struct uio *u)
{
	size_t need = u->u_resid <= PIPE_BUF ? u->u_resid : 1;
	int error;

	while (u->u_resid > 0) {
		if (pi->pi_readers == 0)
			return EPIPE;
		if (room(pi) >= need) {
			error = put_locked(pi, u, MIN(u->u_resid, room(pi)));
			announce_data(pi);
			if (error != 0)
				return error;
			continue;
		}
		if (file_nonblock(f))
			return EAGAIN;
		error = cv_wait_sig(&pi->pi_wcv, &pi->pi_lock);
		if (error != 0 && room(pi) < need && pi->pi_readers != 0)
			return ERESTART;
	}
	return 0;
}

static int
pipe_write(struct file *f, struct uio *u)
{
	struct pipe *pi = f->f_data;
	int error;

	mutex_lock(&pi->pi_lock);
	error = write_locked(pi, f, u);
	mutex_unlock(&pi->pi_lock);
	if (error == EPIPE)
		file_sigpipe();
	return error;
}

static uint32_t
pipe_poll(struct file *f, struct poll_waiter *w)
{
	struct pipe *pi = f->f_data;
	uint32_t events = 0;

	poll_record(w, &pi->pi_poll);
	mutex_lock(&pi->pi_lock);
	if (file_readable(f)) {
		if (used(pi) > 0)
			events |= POLL_READ;
		if (pi->pi_writers == 0 && f->f_ra_state != pi->pi_wgen)
			events |= POLLHUP;
	}
	if (file_writable(f)) {
		if (room(pi) >= PIPE_BUF)
			events |= POLL_WRITE;
		if (pi->pi_readers == 0)
			events |= POLLERR;
	}
	mutex_unlock(&pi->pi_lock);
	return events;
}

static int
pipe_ioctl(struct file *f, uint32_t cmd, vaddr_t arg)
{
	struct pipe *pi = f->f_data;
	int32_t n;

	if (cmd != FIONREAD)
		return ENOTTY;
	mutex_lock(&pi->pi_lock);
	n = (int32_t)used(pi);
	mutex_unlock(&pi->pi_lock);
	return copyout(&n, (void *)arg, sizeof(n));
}

static int
pipe_stat(struct file *f, struct kstat *st)
{
	struct pipe *pi = f->f_data;

	file_stat_anon(f, st, S_IFIFO | 0600, pi->pi_ino);
	return 0;
}

/* Takes the file's sides off the counts; whoever waits for them hears of it. */
static void
leave_locked(struct pipe *pi, const struct file *f)
{
	if (file_readable(f) && --pi->pi_readers == 0) {
		cv_broadcast(&pi->pi_wcv);
		poll_wakeup(&pi->pi_poll, POLL_WRITE | POLLERR);
	}
	if (file_writable(f) && --pi->pi_writers == 0) {
		cv_broadcast(&pi->pi_rcv);
		poll_wakeup(&pi->pi_poll, POLL_READ | POLLHUP);
	}
}

static void
pipe_close(struct file *f)
{
	struct pipe *pi = f->f_data;

	mutex_lock(&pi->pi_lock);
	leave_locked(pi, f);
	mutex_unlock(&pi->pi_lock);
	pipe_unuse(pi);
}

static const struct file_ops pipe_ops = {
	.name = "pipe",
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.stat = pipe_stat,
	.close = pipe_close,
};

int
pipe_create(uint32_t flags, struct cred *cr, struct file **rd, struct file **wr)
{
	struct pipe *pi = pipe_alloc(NULL);
	int error;

	if (pi == NULL)
		return ENOMEM;
	flags &= O_NONBLOCK | O_DIRECT;
	if ((error = file_alloc(&pipe_ops, pi, flags | O_RDONLY, cr, rd)) != 0) {
		pipe_free(pi);
		return error;
	}
	if ((error = file_alloc(&pipe_ops, pi, flags | O_WRONLY, cr, wr)) != 0) {
		file_free_unopened(*rd);
		pipe_free(pi);
		return error;
	}
	pi->pi_users = 2;
	pi->pi_readers = pi->pi_writers = 1;
	pi->pi_wgen = pi->pi_rgen = 1;
	return 0;
}

/* Waits till an open of the other side was counted in *gen after `was`. */
static int
await_peer(struct pipe *pi, const uint64_t *gen, uint64_t was)
{
	while (*gen == was) {
		if (cv_wait_sig(&pi->pi_ocv, &pi->pi_lock) != 0 && *gen == was)
			return ERESTART;
	}
	return 0;
}

/*
 * The rendezvous: counts the file in, then waits if it has to. A pipe that is no fifo had both
 * ends once: no waiting, no ENXIO.
 */
static int
join_locked(struct pipe *pi, struct file *f, bool wait, bool fifo)
{
	bool rd = file_readable(f), wr = file_writable(f);
	uint64_t rgen = pi->pi_rgen, wgen = pi->pi_wgen;
	int error = 0;

	if (!rd && !wr)
		return EINVAL;
	if (fifo && wr && !rd && !wait && pi->pi_readers == 0)
		return ENXIO;
	wait = wait && fifo;
	if (rd) {
		pi->pi_readers++;
		pi->pi_rgen++;
		f->f_ra_state = fifo && pi->pi_writers == 0 ? pi->pi_wgen : pi->pi_wgen - 1;
	}
	if (wr) {
		pi->pi_writers++;
		pi->pi_wgen++;
	}
	cv_broadcast(&pi->pi_ocv);
	if (rd && !wr && wait && pi->pi_writers == 0)
		error = await_peer(pi, &pi->pi_wgen, wgen);
	if (wr && !rd && wait && pi->pi_readers == 0)
		error = await_peer(pi, &pi->pi_rgen, rgen);
	if (error != 0)
		leave_locked(pi, f);
	return error;
}

/* The caller's use of pi goes to the file, or is given up. */
static int
join(struct pipe *pi, struct file *f, bool fifo)
{
	int error;

	mutex_lock(&pi->pi_lock);
	error = join_locked(pi, f, !file_nonblock(f), fifo);
	mutex_unlock(&pi->pi_lock);
	if (error != 0) {
		pipe_unuse(pi);
		return error;
	}
	f->f_ops = &pipe_ops;
	f->f_data = pi;
	return 0;
}

int
pipe_fifo_open(struct file *f)
{
	struct pipe **slot = &f->f_vnode->vn_fifo, *pi, *fresh;

	if ((fresh = pipe_alloc(slot)) == NULL)
		return ENOMEM;
	spin_lock(&slot_lock);
	if ((pi = *slot) != NULL)
		pi->pi_users++;
	else
		*slot = pi = fresh;
	spin_unlock(&slot_lock);
	if (pi != fresh)
		pipe_free(fresh);
	return join(pi, f, true);
}

int
pipe_reopen(struct file *old, struct file *newf)
{
	struct pipe *pi = old->f_data;

	if (old->f_ops != &pipe_ops)
		return ENXIO;
	spin_lock(&slot_lock);
	pi->pi_users++;
	spin_unlock(&slot_lock);
	return join(pi, newf, false);
}

int
pipe_get_size(struct file *f, uint32_t *bytes)
{
	struct pipe *pi = f->f_data;

	if (f->f_ops != &pipe_ops)
		return EBADF;
	mutex_lock(&pi->pi_lock);
	*bytes = pi->pi_npages * (uint32_t)PAGE_SIZE;
	mutex_unlock(&pi->pi_lock);
	return 0;
}

/*
 * Fills a new ring of n pages with the bytes of the old one, from offset 0 on. ENOMEM: nothing
 * has changed.
 */
static int
refill_locked(struct pipe *pi, void **ring, uint32_t n)
{
	uint64_t from = pi->pi_tail;
	struct page *pg;

	for (uint32_t i = 0; from < pi->pi_head; i++) {
		size_t done = 0;

		ASSERT(i < n);
		if ((pg = page_alloc(0, 0)) == NULL)
			return ENOMEM;
		ring[i] = page_kva(pg);
		while (done < PAGE_SIZE && from < pi->pi_head) {
			size_t off = from & PAGE_MASK;
			size_t len = MIN(MIN(PAGE_SIZE - off, PAGE_SIZE - done),
			    pi->pi_head - from);

			memcpy((char *)ring[i] + done, (char *)*page_slot(pi, from) + off, len);
			done += len;
			from += len;
		}
	}
	return 0;
}

/* Frees a ring and its pages. */
static void
ring_free(void **ring, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		page_put(ring[i]);
	kfree(ring);
}

int
pipe_set_size(struct file *f, uint32_t bytes, uint32_t *got)
{
	struct pipe *pi = f->f_data;
	void **ring, **old;
	uint32_t n = 1, was;
	int error;

	if (f->f_ops != &pipe_ops)
		return EBADF;
	if (bytes > PIPE_MAX)
		return bytes > INT32_MAX ? EINVAL : EPERM;
	while (n * PAGE_SIZE < bytes)
		n *= 2;
	if ((ring = kmalloc_array(n, sizeof(void *))) == NULL)
		return ENOMEM;
	mutex_lock(&pi->pi_lock);
	error = used(pi) > n * PAGE_SIZE ? EBUSY : refill_locked(pi, ring, n);
	if (error != 0) {
		mutex_unlock(&pi->pi_lock);
		ring_free(ring, n);
		return error;
	}
	old = pi->pi_page;
	was = pi->pi_npages;
	pi->pi_head = used(pi);
	pi->pi_tail = 0;
	pi->pi_page = ring;
	pi->pi_npages = n;
	cv_broadcast(&pi->pi_wcv);
	poll_wakeup(&pi->pi_poll, POLL_WRITE);
	mutex_unlock(&pi->pi_lock);
	ring_free(old, was);
	*got = n * (uint32_t)PAGE_SIZE;
	return 0;
}
