/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stalls: /proc/bident/stall, in debug kernels. A test says that the next pass of a point shall
 * wait there, sees by the file that somebody has come, does what it wants to happen in between,
 * and lets him go on: an order of events that chance would bring about once in a million runs.
 *
 *	POINT [pid=N]		the next pass, by anybody or by a process, waits; once
 *	release POINT		whoever waits at the point goes on; who has not come yet will not
 *				wait
 *	clear			the same for all points
 *
 * A stall is armed, then waiting (its passer sleeps, wmesg "stall"), then free again:
 *
 *	FREE -> ARMED -> WAITING -> FREE
 *
 * The passer frees it when it goes on: when released, when it has to die, or after ten seconds,
 * for a forgotten stall must not hang a machine. Signals and stops do not end the wait. All is
 * guarded by stall_lock. Points where one may stall hold no spin lock, so it comes before all of
 * them.
 */
#ifdef DEBUG
#include "watch/watch_int.h"

#include "sched/clock.h"

#define STALLS_MAX	16u
#define STALL_LIMIT_NS	(10 * NSEC_PER_SEC)

enum stall_state { STALL_FREE, STALL_ARMED, STALL_WAITING };

struct stall {
	enum stall_state st_state;
	struct point	*st_point;
	pid_t		 st_pid;	/* whose pass; 0: anybody's */
	pid_t		 st_who_pid;	/* who waits */
	pid_t		 st_who_tid;
	bool		 st_released;
};

static struct spinlock	stall_lock = SPINLOCK_INIT("stall", RANK_NAMECACHE);
static struct cv	stall_cv;
static struct stall	stalls[STALLS_MAX];	/* stall_lock */

static void
rearm_locked(struct point *pt)
{
	bool armed = false;

	for (uint32_t i = 0; i < STALLS_MAX; i++)
		armed = armed || (stalls[i].st_state == STALL_ARMED && stalls[i].st_point == pt);
	watch_arm(pt, POINT_STALL, armed);
}

static struct stall *
stall_for_locked(const struct point *pt, pid_t pid)
{
	for (struct stall *st = stalls; st < stalls + STALLS_MAX; st++) {
		if (st->st_state == STALL_ARMED && st->st_point == pt &&
		    (st->st_pid == 0 || st->st_pid == pid))
			return st;
	}
	return NULL;
}

void
stall_pass(struct point *pt)
{
	struct proc *p = watch_passer();
	struct lwp *l = curlwp();
	uint64_t deadline = clock_mono_ns() + STALL_LIMIT_NS;
	uint32_t ends = l->l_sleep_ends;
	struct stall *st;

	if (p == NULL)
		return;
	spin_lock(&stall_lock);
	if ((st = stall_for_locked(pt, p->p_pid)) == NULL) {
		spin_unlock(&stall_lock);
		return;
	}
	st->st_state = STALL_WAITING;
	st->st_released = false;
	st->st_who_pid = p->p_pid;
	st->st_who_tid = l->l_tid;
	rearm_locked(pt);
	l->l_sleep_ends = LATTN_DIE;
	while (!st->st_released && !lwp_dying(l) &&
	    cv_timedwait_sig_spin(&stall_cv, &stall_lock, deadline) != ETIMEDOUT)
		continue;
	l->l_sleep_ends = ends;
	st->st_state = STALL_FREE;
	spin_unlock(&stall_lock);
	if (clock_mono_ns() >= deadline)
		klog(KLOG_WARN, "stall: %s: process %d was not released within 10 s and goes on\n",
		    pt->pt_name,
		    p->p_pid);
}

/* Null: all points. */
static void
stall_release(const char *pattern)
{
	spin_lock(&stall_lock);
	for (struct stall *st = stalls; st < stalls + STALLS_MAX; st++) {
		if (st->st_state == STALL_FREE ||
		    (pattern != NULL && !watch_match(pattern, st->st_point->pt_name)))
			continue;
		st->st_released = true;
		if (st->st_state == STALL_ARMED) {
			st->st_state = STALL_FREE;
			rearm_locked(st->st_point);
		}
	}
	cv_broadcast(&stall_cv);
	spin_unlock(&stall_lock);
}

static int
stall_install(const char *name, pid_t pid)
{
	struct stall *st = stalls;
	int error = 0;

	spin_lock(&stall_lock);
	while (st < stalls + STALLS_MAX && st->st_state != STALL_FREE)
		st++;
	if (st == stalls + STALLS_MAX) {
		error = ENOSPC;
	} else {
		*st = (struct stall){ .st_state = STALL_ARMED, .st_pid = pid };
		foreach_point(pt) {
			if (strcmp(pt->pt_name, name) == 0)
				st->st_point = pt;
		}
		rearm_locked(st->st_point);
	}
	spin_unlock(&stall_lock);
	if (error != 0)
		return watch_refuse(error, "stall: there are %u already; write 'clear' first",
		    STALLS_MAX);
	return 0;
}

static int
stall_line(char *line)
{
	char *word = watch_word(&line), *more = watch_word(&line);
	pid_t pid = 0;
	int error;

	if (strcmp(word, "clear") == 0) {
		stall_release(NULL);
		return 0;
	}
	if (strcmp(word, "release") == 0) {
		if (more == NULL)
			return watch_refuse(EINVAL, "stall: release wants the name of a point");
		stall_release(more);
		return 0;
	}
	if (strchr(word, '*') != NULL)
		return watch_refuse(EINVAL, "stall: '%s': a stall is for one point", word);
	if ((error = watch_check_pattern(word, POINT_STALL, "stall")) != 0)
		return error;
	if (more != NULL && strncmp(more, "pid=", 4) != 0)
		return watch_refuse(EINVAL, "stall: %s: '%s' is not pid=N", word, more);
	if (more != NULL && (error = watch_read_pid(more + 4, &pid)) != 0)
		return error;
	return stall_install(word, pid);
}

void
stall_init(void)
{
	cv_init(&stall_cv, "stall");
}

int
stall_write(const char *text, size_t len)
{
	return watch_lines(text, len, stall_line);
}

size_t
stall_format(char *buf, size_t size)
{
	struct textbuf o = { buf, size, 0 };
	struct stall st;

	for (uint32_t i = 0; i < STALLS_MAX; i++) {
		spin_lock(&stall_lock);
		st = stalls[i];
		spin_unlock(&stall_lock);
		if (st.st_state == STALL_FREE)
			continue;
		textbuf_printf(&o, "%s", st.st_point->pt_name);
		if (st.st_pid != 0)
			textbuf_printf(&o, " pid=%d", st.st_pid);
		if (st.st_state == STALL_ARMED)
			textbuf_printf(&o, " armed\n");
		else
			textbuf_printf(&o, " waiting pid %d tid %d\n", st.st_who_pid,
			    st.st_who_tid);
	}
	return o.tb_len;
}
#else
typedef int stall_is_for_debug_kernels;	/* a file must not be empty */
#endif
