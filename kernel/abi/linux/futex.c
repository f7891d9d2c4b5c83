/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Futexes: sleeping until somebody says that a word of user memory may have changed.
 *
 * A word is known by its key: the object and the offset for memory that several spaces map, the
 * space and the address else. Waiters are entries on their own stacks, on lists in a hash table of
 * buckets, each with a spin lock. User memory cannot be touched under a spin lock, so a waiter
 * first enters itself, then reads the word: if it is not what it expected it leaves again. A waker
 * writes the word before it takes the bucket's lock. So either the waiter sees the new word or the
 * waker sees the waiter. Who was woken in between counts as woken, whatever he has read.
 *
 * A requeue moves entries between buckets, so a waiter that wakes up looks which bucket it is in:
 * w_bucket changes only under the locks of both, which are taken in order of address. Everything
 * that a waker does to an entry it does under the lock of the entry's bucket, and the waiter takes
 * that before its entry goes away.
 *
 * Locks with an owner (the PI calls) are in futex_pi.c. Not here: waits for many words. Why in
 * the personality: nothing else of the kernel waits on user words. The NetBSD personality's
 * lwp_park has other keys (the waiter, not the word).
 */
#include "abi/linux/futex_int.h"

#include "sched/clock.h"
#include "vm/vm.h"

struct futex_bucket futex_table[FUTEX_BUCKETS];

void
linux_futex_init(void)
{
	for (size_t i = 0; i < FUTEX_BUCKETS; i++) {
		spin_init(&futex_table[i].fb_lock, "futex", RANK_NONE);
		list_init(&futex_table[i].fb_waiters);
	}
}

struct futex_bucket *
futex_bucket_of(const struct futex_key *key)
{
	uint64_t h = ((uint64_t)(uintptr_t)key->fk_in >> 4) ^ (key->fk_off >> 2);

	h *= 0x9e3779b97f4a7c15ull;
	return &futex_table[h >> 56];
}

STATIC_ASSERT(FUTEX_BUCKETS == 1 << 8);

bool
futex_key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->fk_in == b->fk_in && a->fk_off == b->fk_off;
}

int
futex_key_get(struct vm_space *vs, vaddr_t va, bool private, struct futex_key *key)
{
	int error;

	*key = (struct futex_key){ .fk_in = vs, .fk_off = va };
	if ((va & 3) != 0)
		return EINVAL;
	if (va >= USER_MAX)
		return EFAULT;
	if (private)
		return 0;
	error = vm_futex_key(vs, va, &key->fk_object, &key->fk_off);
	if (error == 0 && key->fk_object != NULL)
		key->fk_in = key->fk_object;
	return error;
}

void
futex_key_drop(struct futex_key *key)
{
	if (key->fk_object != NULL)
		vm_object_drop(key->fk_object);
}

/* Locks the bucket that the waiter is in now. */
static struct futex_bucket *
futex_lock_own(struct futex_waiter *w)
{
	for (;;) {
		struct futex_bucket *fb = load_relaxed(&w->w_bucket);

		spin_lock(&fb->fb_lock);
		if (fb == w->w_bucket)
			return fb;
		spin_unlock(&fb->fb_lock);
	}
}

void
futex_wake_locked(struct futex_waiter *w)
{
	list_remove(&w->w_link);
	w->w_woken = true;
	cv_signal(&w->w_cv);
}

/* Wakes up to n waiters of the key that share a bit; returns how many. */
static uint32_t
futex_wake_key(const struct futex_key *key, uint32_t n, uint32_t bits)
{
	struct futex_bucket *fb = futex_bucket_of(key);
	uint32_t woken = 0;

	spin_lock(&fb->fb_lock);
	list_foreach_safe(w, &fb->fb_waiters, struct futex_waiter, w_link) {
		if (woken >= n)
			break;
		if (!w->w_pi && futex_key_equal(&w->w_key, key) && (w->w_bits & bits) != 0) {
			futex_wake_locked(w);
			woken++;
		}
	}
	spin_unlock(&fb->fb_lock);
	return woken;
}

void
futex_enter(struct futex_waiter *w)
{
	cv_init(&w->w_cv, "futex");
	w->w_bucket = futex_bucket_of(&w->w_key);
	spin_lock(&w->w_bucket->fb_lock);
	list_push_back(&w->w_bucket->fb_waiters, &w->w_link);
	spin_unlock(&w->w_bucket->fb_lock);
}

int
futex_sleep(struct futex_waiter *w, uint64_t deadline_ns)
{
	struct futex_bucket *fb = futex_lock_own(w);
	int error = 0;

	while (!w->w_woken && error == 0) {
		error = cv_timedwait_sig_spin(&w->w_cv, &fb->fb_lock, deadline_ns);
		if (fb != w->w_bucket) {
			spin_unlock(&fb->fb_lock);
			fb = futex_lock_own(w);
		}
	}
	if (w->w_woken)
		error = 0;
	else
		list_remove(&w->w_link);
	spin_unlock(&fb->fb_lock);
	return error;
}

bool
futex_leave(struct futex_waiter *w)
{
	struct futex_bucket *fb = futex_lock_own(w);
	bool woken = w->w_woken;

	if (!woken)
		list_remove(&w->w_link);
	spin_unlock(&fb->fb_lock);
	return woken;
}

static int
futex_wait(struct linux_call *c, vaddr_t va, bool private, uint32_t expect, uint32_t bits,
    uint64_t deadline_ns)
{
	struct futex_waiter w = { .w_bits = bits };
	uint32_t now;
	int error;

	if (bits == 0)
		return EINVAL;
	error = futex_key_get(c->lc_proc->p_space, va, private, &w.w_key);
	if (error != 0)
		return error;
	futex_enter(&w);
	error = user_load32(uptr(va), &now);
	if (error == 0 && now != expect)
		error = EAGAIN;
	if (error == 0)
		error = futex_sleep(&w, deadline_ns);
	else if (futex_leave(&w))
		error = 0;
	futex_key_drop(&w.w_key);
	return error;
}

static int
futex_wake(struct linux_call *c, vaddr_t va, bool private, uint32_t n, uint32_t bits)
{
	struct futex_key key;
	int error;

	if (bits == 0)
		return EINVAL;
	if ((error = futex_key_get(c->lc_proc->p_space, va, private, &key)) != 0)
		return error;
	c->lc_ret = futex_wake_key(&key, n, bits);
	futex_key_drop(&key);
	return 0;
}

static void
futex_lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	spin_lock(a < b ? &a->fb_lock : &b->fb_lock);
	if (a != b)
		spin_lock(a < b ? &b->fb_lock : &a->fb_lock);
}

static void
futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a != b)
		spin_unlock(&b->fb_lock);
	spin_unlock(&a->fb_lock);
}

/*
 * Wakes n_wake waiters of `from` and moves up to n_move others to `to`. The references that moved
 * entries hold of their old object are given back by us, those of the new one are taken.
 */
static uint32_t
futex_requeue_keys(const struct futex_key *from, const struct futex_key *to, uint32_t n_wake,
    uint32_t n_move)
{
	struct futex_bucket *a = futex_bucket_of(from), *b = futex_bucket_of(to);
	uint32_t woken = 0, moved = 0;

	futex_lock_two(a, b);
	list_foreach_safe(w, &a->fb_waiters, struct futex_waiter, w_link) {
		if (w->w_pi || !futex_key_equal(&w->w_key, from))
			continue;
		if (woken < n_wake) {
			futex_wake_locked(w);
			woken++;
		} else if (moved < n_move) {
			list_remove(&w->w_link);
			w->w_key = *to;
			if (to->fk_object != NULL)
				vm_object_hold(to->fk_object);
			store_relaxed(&w->w_bucket, b);
			list_push_back(&b->fb_waiters, &w->w_link);
			moved++;
		} else {
			break;
		}
	}
	futex_unlock_two(a, b);
	for (uint32_t i = 0; i < moved && from->fk_object != NULL; i++)
		vm_object_drop(from->fk_object);
	return woken + moved;
}

/* expect is null for the old form, which compares nothing. */
static int
futex_requeue(struct linux_call *c, bool private, uint32_t n_wake, uint32_t n_move,
    const uint32_t *expect)
{
	struct vm_space *vs = c->lc_proc->p_space;
	struct futex_key from, to;
	uint32_t now;
	int error;

	if ((int)n_wake < 0 || (int)n_move < 0)
		return EINVAL;
	if ((error = futex_key_get(vs, ARG_VA(c, 0), private, &from)) != 0)
		return error;
	if ((error = futex_key_get(vs, ARG_VA(c, 4), private, &to)) == 0) {
		if (expect != NULL && (error = user_load32(uptr(ARG_VA(c, 0)), &now)) == 0 &&
		    now != *expect)
			error = EAGAIN;
		if (error == 0 && futex_key_equal(&from, &to))
			c->lc_ret = futex_wake_key(&from, n_wake, LX_FUTEX_BITSET_MATCH_ANY);
		else if (error == 0)
			c->lc_ret = futex_requeue_keys(&from, &to, n_wake, n_move);
		futex_key_drop(&to);
	}
	futex_key_drop(&from);
	return error;
}

/* FUTEX_WAKE_OP's operation: what the word becomes. */
static int
futex_op_apply(uint32_t op, uint32_t was, uint32_t *new)
{
	uint32_t arg = op >> 12 & 0xfff;

	if ((arg & 0x800) != 0)
		arg |= 0xfffff000u;	/* twelve bits with a sign */
	if ((op & 0x80000000u) != 0)
		arg = 1u << (arg & 31);
	switch (op >> 28 & 7) {
	case 0:	*new = arg; return 0;
	case 1:	*new = was + arg; return 0;
	case 2:	*new = was | arg; return 0;
	case 3:	*new = was & ~arg; return 0;
	case 4:	*new = was ^ arg; return 0;
	default: return ENOSYS;
	}
}

static int
futex_op_compare(uint32_t op, uint32_t was, bool *yes)
{
	int32_t arg = (int32_t)(op << 20) >> 20, old = (int32_t)was;

	switch (op >> 24 & 15) {
	case 0:	*yes = old == arg; return 0;
	case 1:	*yes = old != arg; return 0;
	case 2:	*yes = old < arg; return 0;
	case 3:	*yes = old <= arg; return 0;
	case 4:	*yes = old > arg; return 0;
	case 5:	*yes = old >= arg; return 0;
	default: return ENOSYS;
	}
}

static int
futex_wake_op(struct linux_call *c, bool private)
{
	uint32_t op = ARG_U32(c, 5), was, new, seen;
	vaddr_t va2 = ARG_VA(c, 4);
	int64_t first;
	bool yes;
	int error;

	if ((error = user_load32(uptr(va2), &was)) != 0)
		return error;
	for (;;) {
		if ((error = futex_op_apply(op, was, &new)) != 0 ||
		    (error = user_cas32(uptr(va2), was, new, &seen)) != 0)
			return error;
		if (seen == was)
			break;
		was = seen;
	}
	if ((error = futex_op_compare(op, was, &yes)) != 0 ||
	    (error = futex_wake(c, ARG_VA(c, 0), private, ARG_U32(c, 2),
	    LX_FUTEX_BITSET_MATCH_ANY)) != 0)
		return error;
	first = c->lc_ret;
	if (yes)
		error = futex_wake(c, va2, private, ARG_U32(c, 3), LX_FUTEX_BITSET_MATCH_ANY);
	c->lc_ret += yes ? first : 0;
	return error;
}

int
futex_deadline(struct linux_call *c, bool absolute, bool wall, uint64_t *deadline_ns)
{
	uint64_t ns, now;
	int error;

	*deadline_ns = 0;
	if (ARG_VA(c, 3) == 0)
		return 0;
	if ((error = linux_timespec_in(ARG_VA(c, 3), &ns)) != 0)
		return error;
	if (!absolute) {
		*deadline_ns = linux_deadline(c, ns);
		return 0;
	}
	now = wall ? clock_wall_ns() : clock_mono_ns();
	*deadline_ns = clock_mono_ns() + (ns > now ? ns - now : 0);
	return 0;
}

/*
 * A wait without an end is restarted as SA_RESTART says; one with an end is not, once a handler has
 * run.
 */
static int
futex_wait_call(struct linux_call *c, bool private, bool bitset, bool wall)
{
	uint64_t deadline_ns;
	int error;

	if ((error = futex_deadline(c, bitset, wall, &deadline_ns)) != 0)
		return error;
	error = futex_wait(c, ARG_VA(c, 0), private, ARG_U32(c, 2),
	    bitset ? ARG_U32(c, 5) : LX_FUTEX_BITSET_MATCH_ANY, deadline_ns);
	if (error != EINTR)
		return error;
	return deadline_ns == 0 ? ERESTART : ERESTARTNOHAND;
}

int
linux_sys_futex(struct linux_call *c)
{
	uint32_t cmd = ARG_U32(c, 1), expect = ARG_U32(c, 5);
	bool private = (cmd & LX_FUTEX_PRIVATE_FLAG) != 0;
	bool wall = (cmd & LX_FUTEX_CLOCK_REALTIME) != 0;

	cmd &= ~(uint32_t)(LX_FUTEX_PRIVATE_FLAG | LX_FUTEX_CLOCK_REALTIME);
	if (wall && cmd != LX_FUTEX_WAIT_BITSET && cmd != LX_FUTEX_LOCK_PI2)
		return ENOSYS;
	switch (cmd) {
	case LX_FUTEX_WAIT:
		return futex_wait_call(c, private, false, wall);
	case LX_FUTEX_WAIT_BITSET:
		return futex_wait_call(c, private, true, wall);
	case LX_FUTEX_WAKE:
		return futex_wake(c, ARG_VA(c, 0), private, ARG_U32(c, 2),
		    LX_FUTEX_BITSET_MATCH_ANY);
	case LX_FUTEX_WAKE_BITSET:
		return futex_wake(c, ARG_VA(c, 0), private, ARG_U32(c, 2), ARG_U32(c, 5));
	case LX_FUTEX_REQUEUE:
		return futex_requeue(c, private, ARG_U32(c, 2), ARG_U32(c, 3), NULL);
	case LX_FUTEX_CMP_REQUEUE:
		return futex_requeue(c, private, ARG_U32(c, 2), ARG_U32(c, 3), &expect);
	case LX_FUTEX_WAKE_OP:
		return futex_wake_op(c, private);
	case LX_FUTEX_LOCK_PI:
	case LX_FUTEX_LOCK_PI2:
	case LX_FUTEX_TRYLOCK_PI:
	case LX_FUTEX_UNLOCK_PI:
		return futex_pi_call(c, cmd, private, wall);
	default:
		return ENOSYS;
	}
}

void
linux_futex_wake(vaddr_t va, uint32_t n)
{
	struct futex_key key;

	if (futex_key_get(curproc()->p_space, va, false, &key) != 0)
		return;
	futex_wake_key(&key, n, LX_FUTEX_BITSET_MATCH_ANY);
	futex_key_drop(&key);
}

/* One robust mutex of an LWP that leaves: if it holds it, the next owner is told that it died. */
static void
linux_robust_release(struct lwp *l, vaddr_t va, bool pi)
{
	uint32_t was, seen;

	if ((va & 3) != 0 || user_load32(uptr(va), &was) != 0)
		return;
	for (;;) {
		if ((was & LX_FUTEX_TID_MASK) != (uint32_t)l->l_tid)
			return;
		if (user_cas32(uptr(va), was, (was & LX_FUTEX_WAITERS) | LX_FUTEX_OWNER_DIED,
		    &seen) != 0)
			return;
		if (seen == was)
			break;
		was = seen;
	}
	if (pi)
		futex_pi_wake(va);
	else if ((was & LX_FUTEX_WAITERS) != 0)
		linux_futex_wake(va, 1);
}

/* An entry of the list: its lowest bit says which kind of lock it is. */
#define ROBUST_PI(entry)	(((entry) & 1) != 0)
#define ROBUST_AT(entry)	((entry) & ~1ull)

#define ROBUST_MAX	2048	/* entries followed: the list is the program's, and may be a ring */

static void
linux_robust_walk(struct lwp *l)
{
	struct linux_robust_list_head head;
	uint64_t entry, next, pending;

	if (copyin(uptr(l->l_robust_list), &head, sizeof(head)) != 0)
		return;
	pending = head.list_op_pending;
	entry = head.list;
	for (uint32_t i = 0; i < ROBUST_MAX && ROBUST_AT(entry) != l->l_robust_list; i++) {
		bool more = copyin(uptr(ROBUST_AT(entry)), &next, sizeof(next)) == 0;

		/* The one being locked or unlocked comes last, whether it is on the list or not. */
		if (ROBUST_AT(entry) != ROBUST_AT(pending))
			linux_robust_release(l, ROBUST_AT(entry) + (uint64_t)head.futex_offset,
			    ROBUST_PI(entry));
		if (!more)
			break;
		entry = next;
	}
	if (pending != 0)
		linux_robust_release(l, ROBUST_AT(pending) + (uint64_t)head.futex_offset,
		    ROBUST_PI(pending));
}

/*
 * The LWP leaves its space for good. The word of set_tid_address is cleared only for the sake of
 * others who share the memory, as Linux does.
 */
void
linux_lwp_leave(struct lwp *l)
{
	struct vm_space *vs = l->l_proc->p_space;
	const uint32_t zero = 0;

	if (vs == NULL)
		return;
	if (l->l_robust_list != 0) {
		linux_robust_walk(l);
		l->l_robust_list = 0;
	}
	futex_pi_leave(l);
	if (l->l_clear_tid != 0 &&
	    (ref_read(&vs->vs_refs) > 1 || load_relaxed(&l->l_proc->p_nlwps) > 1)) {
		if (copyout(&zero, uptr(l->l_clear_tid), sizeof(zero)) == 0)
			linux_futex_wake(l->l_clear_tid, 1);
	}
	l->l_clear_tid = 0;
}
