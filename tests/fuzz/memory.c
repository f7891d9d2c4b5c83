/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fuzzer's memory. Each slot has a window of addresses; a page of it has an entry in model[],
 * which says what is mapped there and, for private memory, which word is at four places of it. So
 * a page that a fork shared wrongly, or that somebody else wrote, is noticed. The model is
 * ordinary memory of the process, so fork copies it with what it describes.
 *
 * A window belongs to one thread of the process (me_windows), which alone changes it. A child by
 * fork gets those of its parent thread. What failed half-way, or is written by others (shared
 * mappings), is unknown: its contents are not compared.
 */
#include "fuzz.h"

enum state { ST_NONE, ST_ANON, ST_FILE, ST_SHARED, ST_UNKNOWN };

struct model {
	uint8_t		m_state;
	uint8_t		m_prot;
	uint8_t		m_known;	/* m_value holds */
	uint8_t		m_dontfork;
	uint8_t		m_wipe;
	uint64_t	m_value;
};

/* Pages from..from + n - 1 of a window; none cross from the small part into the other. */
struct range {
	struct model	*r_model;
	char		*r_addr;
	uint32_t	r_n;
};

static struct model model[SLOTS][WINDOW_PAGES];

static char *
window_addr(uint32_t w, uint32_t page)
{
	char *base = (char *)(0x100000000ul + w * 0x10000000ul);

	return page < SMALL_PAGES ? base + page * PAGE :
	    base + 0x400000 + (page - SMALL_PAGES) * PAGE;
}

/* One of the windows that are ours; its own mostly. */
static uint32_t
window_pick(uint32_t x)
{
	uint32_t n = 0, w;

	if (x % 3 != 0)
		return me.me_slot;
	x /= 3;
	for (w = 0; w < SLOTS; w++)
		n += me.me_windows >> w & 1;
	n = x % n;
	for (w = 0;; w++) {
		if ((me.me_windows >> w & 1) != 0 && n-- == 0)
			return w;
	}
}

static struct range
range_of(uint32_t w, uint32_t where, uint32_t length)
{
	uint32_t huge = where % 8 == 0, total = huge ? HUGE_PAGES : SMALL_PAGES, page, n;

	where /= 8;
	n = huge && length % 4 == 0 ? HUGE_PAGES / 2 : length / 4 % (huge ? 80 : 12) + 1;
	page = where % total;
	if (n == HUGE_PAGES / 2)
		page = page / n * n;
	if (n > total - page)
		n = total - page;
	if (huge)
		page += SMALL_PAGES;
	return (struct range){ &model[w][page], window_addr(w, page), n };
}

static struct range
range_pick(const struct op *o)
{
	return range_of(window_pick(o->o_c), o->o_a, o->o_b);
}

static void
range_set(const struct range *r, struct model m)
{
	for (uint32_t i = 0; i < r->r_n; i++)
		r->r_model[i] = m;
}

static void
range_unknown(const struct range *r)
{
	range_set(r, (struct model){ .m_state = ST_UNKNOWN });
}

void *
memory_any(const struct op *o)
{
	return range_of(window_pick(o->o_c), o->o_a, 0).r_addr + o->o_b % PAGE;
}

/* ---- changes of the map ---- */

static int
prot_of(uint32_t x)
{
	static const int prots[] = { PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
	    PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE, PROT_READ | PROT_EXEC };

	return prots[x % 6];
}

void
do_map(const struct op *o)
{
	struct range r = range_pick(o);
	int prot = prot_of(o->o_c >> 4), flags = MAP_FIXED | MAP_ANONYMOUS, shared;

	shared = (o->o_c >> 12) % 5 == 4;
	flags |= shared ? MAP_SHARED : MAP_PRIVATE;
	if ((o->o_c >> 16) % 6 == 0)
		flags |= MAP_POPULATE;
	if (mmap(r.r_addr, r.r_n * PAGE, prot, flags, -1, 0) == MAP_FAILED)
		range_unknown(&r);
	else
		range_set(&r, (struct model){ .m_state = shared ? ST_SHARED : ST_ANON,
		    .m_prot = (uint8_t)prot, .m_known = !shared });
}

void
do_map_file(const struct op *o)
{
	struct range r = range_of(window_pick(o->o_c), o->o_a | 1, o->o_b);
	int prot = prot_of(o->o_c >> 4), shared = (o->o_c >> 12) % 2;

	/* The file has as many pages as the small part. */
	if (mmap(r.r_addr, r.r_n * PAGE, prot, MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE),
	    SCRATCH_FD, 0) == MAP_FAILED)
		range_unknown(&r);
	else
		range_set(&r, (struct model){ .m_state = shared ? ST_SHARED : ST_FILE,
		    .m_prot = (uint8_t)prot });
}

void
do_unmap(const struct op *o)
{
	struct range r = range_pick(o);

	if (munmap(r.r_addr, r.r_n * PAGE) != 0)
		range_unknown(&r);
	else
		range_set(&r, (struct model){ .m_state = ST_NONE });
}

void
do_protect(const struct op *o)
{
	struct range r = range_pick(o);
	int prot = prot_of(o->o_c >> 4);

	if (mprotect(r.r_addr, r.r_n * PAGE, prot) != 0) {
		range_unknown(&r);
		return;
	}
	for (uint32_t i = 0; i < r.r_n; i++)
		r.r_model[i].m_prot = (uint8_t)prot;
}

/* Moves a range to another place of the same window; they do not overlap. */
void
do_remap(const struct op *o)
{
	uint32_t w = window_pick(o->o_c);
	struct range from = range_of(w, o->o_a, o->o_b), to = range_of(w, o->o_c >> 4, o->o_b);
	struct model moved[WINDOW_PAGES];
	size_t bytes;

	if (from.r_n > to.r_n)
		from.r_n = to.r_n;
	to.r_n = from.r_n;
	bytes = from.r_n * PAGE;
	if (from.r_addr < to.r_addr + bytes && to.r_addr < from.r_addr + bytes)
		return;
	if (mremap(from.r_addr, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to.r_addr) ==
	    MAP_FAILED) {
		range_unknown(&to);
		if (sh->s_relaxed)
			range_unknown(&from);
		return;
	}
	memcpy(moved, from.r_model, from.r_n * sizeof(moved[0]));
	range_set(&from, (struct model){ .m_state = ST_NONE });
	memcpy(to.r_model, moved, to.r_n * sizeof(moved[0]));
}

static void
advised(struct model *m, int advice)
{
	switch (advice) {
	case MADV_DONTNEED:
		if (m->m_state == ST_FILE)
			m->m_known = 0;
		else if (m->m_state == ST_ANON)
			m->m_known = 1, m->m_value = 0;
		break;
	case MADV_FREE:
		m->m_known = 0;
		break;
	case MADV_DONTFORK:
	case MADV_DOFORK:
		m->m_dontfork = advice == MADV_DONTFORK;
		break;
	case MADV_WIPEONFORK:
	case MADV_KEEPONFORK:
		m->m_wipe = advice == MADV_WIPEONFORK;
		break;
	}
}

void
do_advise(const struct op *o)
{
	static const int advices[] = { MADV_DONTNEED, MADV_DONTNEED, MADV_DONTNEED, MADV_FREE,
	    MADV_DONTFORK, MADV_DOFORK, MADV_WIPEONFORK, MADV_WIPEONFORK, MADV_KEEPONFORK,
	    MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_WILLNEED };
	struct range r = range_pick(o);
	int advice = advices[(o->o_c >> 4) % (sizeof(advices) / sizeof(advices[0]))];

	/* It is refused for what is not anonymous: more seldom for a page than for a range. */
	if (advice == MADV_WIPEONFORK)
		r.r_n = 1;
	if (madvise(r.r_addr, r.r_n * PAGE, advice) != 0)
		range_unknown(&r);	/* it may have been done in part */
	else
		for (uint32_t i = 0; i < r.r_n; i++)
			advised(&r.r_model[i], advice);
}

void
do_lock(const struct op *o)
{
	struct range r = range_pick(o);

	if (o->o_c & 16)
		mlock(r.r_addr, r.r_n * PAGE);
	else
		munlock(r.r_addr, r.r_n * PAGE);
}

/* ---- contents ---- */

static void
page_store(char *p, uint64_t v)
{
	for (size_t at = 0; at < PAGE; at += PAGE / 4)
		*(volatile uint64_t *)(p + at) = v;
}

static void
page_verify(const char *p, uint64_t v)
{
	for (size_t at = 0; at < PAGE; at += PAGE / 4) {
		uint64_t got = *(const volatile uint64_t *)(p + at);

		if (got != v)
			bad("%p holds %#llx, not %#llx", (const void *)(p + at),
			    (unsigned long long)got, (unsigned long long)v);
	}
}

static int
state_mapped(const struct model *m)
{
	return m->m_state == ST_ANON || m->m_state == ST_FILE || m->m_state == ST_SHARED;
}

void
do_store(const struct op *o)
{
	struct range r = range_pick(o);

	for (uint32_t i = 0; i < r.r_n; i++) {
		struct model *m = &r.r_model[i];

		if (!state_mapped(m) || (m->m_prot & PROT_WRITE) == 0)
			continue;
		m->m_value = (uint64_t)o->o_c << 32 | me.me_slot << 16 | i;
		m->m_known = m->m_state != ST_SHARED;
		page_store(r.r_addr + i * PAGE, m->m_value);
	}
}

static void
range_verify(const struct range *r)
{
	for (uint32_t i = 0; i < r->r_n; i++) {
		const struct model *m = &r->r_model[i];

		if (!state_mapped(m) || (m->m_prot & PROT_READ) == 0 || !m->m_known)
			continue;
		page_verify(r->r_addr + i * PAGE, m->m_value);
		__atomic_fetch_add(&sh->s_checks, 1, __ATOMIC_RELAXED);
	}
}

void
do_verify(const struct op *o)
{
	struct range r = range_pick(o);

	range_verify(&r);
}

void
memory_verify_all(void)
{
	for (uint32_t w = 0; w < SLOTS; w++) {
		struct range small = { model[w], window_addr(w, 0), SMALL_PAGES };
		struct range huge = { model[w] + SMALL_PAGES, window_addr(w, SMALL_PAGES),
		    HUGE_PAGES };

		if ((me.me_windows >> w & 1) != 0) {
			range_verify(&small);
			range_verify(&huge);
		}
	}
}

/* Two megabytes, written in their order: the kernel may take a huge page. */
void
do_huge(const struct op *o)
{
	struct op all = *o;

	all.o_a = o->o_a / (8 * HUGE_PAGES) * 8 * HUGE_PAGES + 8 * (o->o_a % HUGE_PAGES);
	all.o_b = 0;
	all.o_c = o->o_c & ~0xfff0u;		/* private, may be read and written */
	do_map(&all);
	if (o->o_b % 2)
		madvise(range_pick(&all).r_addr, HUGE_PAGES / 2 * PAGE, MADV_HUGEPAGE);
	do_store(&all);
}

/* The kernel reads or writes a page for us: it must keep to the rights as well. */
void
do_copyout(const struct op *o)
{
	struct range r = range_pick(o);
	struct model *m = r.r_model;
	uint64_t word = 0;
	int write_it = o->o_c >> 4 & 1, want;
	off_t at = me.me_slot * (off_t)PAGE + 64;	/* where no store goes */
	ssize_t n;

	if (m->m_state == ST_UNKNOWN)
		return;
	want = state_mapped(m) && (m->m_prot & (write_it ? PROT_WRITE : PROT_READ)) != 0;
	errno = 0;
	n = write_it ? pread(SCRATCH_FD, r.r_addr, 8, at) : pwrite(SCRATCH_FD, r.r_addr, 8, at);
	if (!sh->s_relaxed && (want ? n != 8 : n != -1 || errno != EFAULT))
		bad("%s of %p gave %zd (errno %d), rights are %d", write_it ? "pread" : "pwrite",
		    (void *)r.r_addr, n, errno, m->m_prot);
	if (write_it)
		m->m_known = 0;
	else if (n == 8 && m->m_known && pread(SCRATCH_FD, &word, 8, at) == 8 &&
	    word != m->m_value)
		bad("pwrite of %p wrote %#llx, not %#llx", (void *)r.r_addr,
		    (unsigned long long)word, (unsigned long long)m->m_value);
}

/* ---- fork and faults ---- */

void
memory_after_fork(void)
{
	for (uint32_t w = 0; w < SLOTS; w++) {
		for (uint32_t i = 0; i < WINDOW_PAGES; i++) {
			struct model *m = &model[w][i];

			if ((me.me_windows >> w & 1) == 0)
				m->m_state = ST_UNKNOWN;
			else if (m->m_dontfork)
				*m = (struct model){ .m_state = ST_NONE };
			else if (m->m_wipe)
				m->m_value = 0, m->m_known = m->m_state == ST_ANON;
		}
	}
}

void
memory_new_window(void)
{
	memset(model[me.me_slot], 0, sizeof(model[0]));
}

void
memory_sigsegv(int sig, siginfo_t *si, void *context)
{
	(void)context;
	if (si->si_code > 0 && !sh->s_relaxed)
		bad("signal %d at %p", sig, si->si_addr);
	_exit(60);
}
