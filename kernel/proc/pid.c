/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers. One number can name a process, an LWP, a process group and a session at the same time;
 * it is taken while any of them exists, or a fork has reserved it. proc_tree_lock guards everything
 * here.
 *
 * The space is cut into chunks of 1024 numbers, which exist only where numbers are taken. Lookup is
 * two array accesses. Allocation moves a cursor upwards, round and round, and takes the first
 * number that is not busy; full chunks are passed in one step, others by machine words. So the cost
 * does not depend on the population.
 *
 * A number must not come back soon (somebody may still mean its old owner). When it is freed behind
 * the cursor, more than half of the space lies between it and its reuse. When it is freed less than
 * half the space ahead of the cursor, it is put in quarantine: it stays busy until the cursor
 * passes over it, which frees it for the next round. Only when nothing else is left does the cursor
 * come round to it earlier.
 */
#include "proc/proc_int.h"

#define CHUNK		1024u
#define CHUNK_WORDS	(CHUNK / 64)
#define NCHUNKS		(PID_SPACE / CHUNK)

struct pid_chunk {
	struct pid_slot	*pc_slots;			/* CHUNK of them */
	uint64_t	 pc_busy[CHUNK_WORDS];		/* taken, or in quarantine */
	uint64_t	 pc_quarantine[CHUNK_WORDS];	/* busy, but nobody has it */
	uint32_t	 pc_nbusy;
	uint32_t	 pc_nquarantine;
};

static struct cache pid_chunk_cache = CACHE_INIT("pid_chunk", struct pid_chunk);
static struct pid_chunk *chunks[NCHUNKS];
uint32_t pid_space = PID_SPACE;
static uint32_t cursor = 2;		/* 0 is the kernel, 1 is asked for by name */
static pid_t last_pid;

void
pid_init(void)
{
	pid_t zero;

	spin_lock(&proc_tree_lock);
	if (pid_alloc_locked(-1, &zero) != 0)
		panic("proc: no memory for the first pids");
	spin_unlock(&proc_tree_lock);
}

/* The chunk of a number, made if it does not exist. */
static struct pid_chunk *
chunk_get(uint32_t pid)
{
	struct pid_chunk *pc = chunks[pid / CHUNK];

	if (pc != NULL)
		return pc;
	pc = cache_alloc(&pid_chunk_cache);
	if (pc == NULL)
		return NULL;
	pc->pc_slots = kmalloc(CHUNK * sizeof(struct pid_slot));
	if (pc->pc_slots == NULL) {
		cache_free(&pid_chunk_cache, pc);
		return NULL;
	}
	chunks[pid / CHUNK] = pc;
	return pc;
}

/* Frees a chunk that nobody needs; the cursor's stays. */
static void
chunk_put(uint32_t pid)
{
	struct pid_chunk *pc = chunks[pid / CHUNK];

	if (pc == NULL || pc->pc_nbusy != 0 || cursor / CHUNK == pid / CHUNK)
		return;
	chunks[pid / CHUNK] = NULL;
	kfree(pc->pc_slots);
	cache_free(&pid_chunk_cache, pc);
}

static void
slot_take(struct pid_chunk *pc, uint32_t pid)
{
	pc->pc_busy[pid % CHUNK / 64] |= 1ull << pid % 64;
	pc->pc_nbusy++;
}

static void
cursor_set(uint32_t to)
{
	uint32_t from = cursor;

	cursor = to >= pid_space ? 2 : to;
	if (from / CHUNK != cursor / CHUNK)
		chunk_put(from);
}

/* The cursor passes over the numbers of one word that `passed` selects: their quarantine ends. */
static void
quarantine_end(struct pid_chunk *pc, uint32_t word, uint64_t passed)
{
	uint64_t over = pc->pc_quarantine[word] & passed;
	uint32_t n = popcount64(over);

	pc->pc_quarantine[word] &= ~over;
	pc->pc_busy[word] &= ~over;
	pc->pc_nbusy -= n;
	pc->pc_nquarantine -= n;
}

/* Looks for a free number in the cursor's word and moves the cursor on; *pid when found. */
static bool
word_search(struct pid_chunk *pc, uint32_t *pid)
{
	uint32_t word = cursor % CHUNK / 64, base = cursor - cursor % 64;
	uint64_t ahead = ~0ull << cursor % 64, avail;

	if (pid_space - base < 64)
		ahead &= (1ull << (pid_space - base)) - 1;
	avail = ~pc->pc_busy[word] & ahead;
	if (avail == 0) {
		quarantine_end(pc, word, ahead);
		cursor_set(base + 64);
		return false;
	}
	*pid = base + (uint32_t)__builtin_ctzll(avail);
	quarantine_end(pc, word, ahead & ((1ull << *pid % 64) - 1));
	slot_take(pc, *pid);
	cursor_set(*pid + 1);
	return true;
}

static int
pid_alloc_next(uint32_t *pid)
{
	/* Two rounds: the first may only have ended quarantines. */
	for (uint64_t passed = 0; passed < 2ull * pid_space + 2 * CHUNK;) {
		struct pid_chunk *pc = chunk_get(cursor);
		uint32_t from = cursor;

		if (pc == NULL)
			return ENOMEM;
		if (pc->pc_nbusy == CHUNK && pc->pc_nquarantine == 0) {
			cursor_set((cursor / CHUNK + 1) * CHUNK);
			passed += CHUNK - from % CHUNK;
			continue;
		}
		if (word_search(pc, pid))
			return 0;
		passed += 64 - from % 64;
	}
	return EAGAIN;
}

/* want -1 is number 0. */
int
pid_alloc_locked(pid_t want, pid_t *pidp)
{
	struct pid_chunk *pc;
	uint32_t pid;
	int error;

	ASSERT_SPIN_HELD(&proc_tree_lock);
	if (want == 0) {
		if ((error = pid_alloc_next(&pid)) != 0)
			return error;
		last_pid = *pidp = (pid_t)pid;
		return 0;
	}
	pid = want < 0 ? 0 : (uint32_t)want;
	if (pid >= pid_space)
		return EINVAL;
	if ((pc = chunk_get(pid)) == NULL)
		return ENOMEM;
	if ((pc->pc_busy[pid % CHUNK / 64] >> pid % 64 & 1) != 0)
		return EEXIST;
	slot_take(pc, pid);
	*pidp = (pid_t)pid;
	return 0;
}

struct pid_slot *
pid_slot_locked(pid_t pid)
{
	struct pid_chunk *pc;

	ASSERT_SPIN_HELD(&proc_tree_lock);
	if (pid < 0 || (uint32_t)pid >= pid_space || (pc = chunks[(uint32_t)pid / CHUNK]) == NULL)
		return NULL;
	return &pc->pc_slots[(uint32_t)pid % CHUNK];
}

void
pid_release_locked(pid_t which)
{
	struct pid_slot *s = pid_slot_locked(which);
	uint32_t pid = (uint32_t)which, word = pid % CHUNK / 64;
	struct pid_chunk *pc;
	uint64_t bit = 1ull << pid % 64;

	ASSERT(s != NULL);
	pc = chunks[pid / CHUNK];
	ASSERT((pc->pc_busy[word] & bit) != 0);
	if (s->ps_proc != NULL || s->ps_lwp != NULL || s->ps_pgrp != NULL || s->ps_session != NULL)
		return;
	if ((pid + pid_space - cursor) % pid_space < pid_space / 2) {
		pc->pc_quarantine[word] |= bit;
		pc->pc_nquarantine++;
		return;
	}
	pc->pc_busy[word] &= ~bit;
	pc->pc_nbusy--;
	chunk_put(pid);
}

pid_t
pid_next_proc_locked(pid_t after)
{
	for (uint32_t pid = (uint32_t)after + 1; pid < pid_space; pid++) {
		struct pid_chunk *pc = chunks[pid / CHUNK];
		uint64_t busy;

		if (pc == NULL || pc->pc_nbusy == 0) {
			pid |= CHUNK - 1;
			continue;
		}
		busy = pc->pc_busy[pid % CHUNK / 64] >> pid % 64;
		if (busy == 0) {
			pid |= 63;
			continue;
		}
		pid += (uint32_t)__builtin_ctzll(busy);
		if (pc->pc_slots[pid % CHUNK].ps_proc != NULL)
			return (pid_t)pid;
	}
	return 0;
}

pid_t
proc_last_pid(void)
{
	return load_relaxed(&last_pid);
}
