/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Probes and the trace: /proc/bident/probe, /proc/bident/trace, boot parameter probe=.
 *
 *	POINT [on|off]		POINT is a name, or its beginning and a '*'; on is the default
 *	off			no probe is on
 *
 * Every point can be a probe, those of kind POINT_PROBE have arguments worth a record. A pass of
 * one that is on leaves a record in a ring of fixed size; the newest overwrites the oldest, and
 * the first line of the trace says how many were lost. Reading takes nothing away: two readers
 * see the same, and `clear`, written to the trace, empties it. Records stand in the order of the
 * passes, over all CPUs, for the ring has one lock, which may be taken anywhere. A point that
 * nobody watches costs a load, a test and a branch not taken; a record costs about 180
 * instructions (counted in QEMU, release kernel: 1000 forks, of some 145,000 instructions each,
 * with one probe and with all of fork.*).
 *
 * A line of the trace:
 *
 *	TIME CPU PID TID COMMAND POINT ARGUMENT...
 *
 * TIME in nanoseconds since boot; PID and TID are 0 for a pass in an interrupt. The ring is made
 * when the first probe is switched on, and stays.
 */
#include "watch/watch_int.h"

#include "mem/cache.h"
#include "sched/clock.h"
#include "sync/mutex.h"

#define RING_RECORDS	4096u

struct record {
	uint64_t	 re_ns;
	const struct point *re_point;
	uintptr_t	 re_arg[3];
	pid_t		 re_pid, re_tid;
	uint32_t	 re_cpu;
	char		 re_comm[16];
};

/* What the arguments of points are: a name before the value; a flag word is hexadecimal. */
static const struct {
	const char	*pattern;
	const char	*format;
} formats[] = {
	{ "proc:::create",	"child=%ld parent=%ld flags=0x%lx" },
	{ "proc:::exec-success", "pid=%ld" },
	{ "proc:::exec-failure", "pid=%ld error=%ld" },
	{ "proc:::exec",	"pid=%ld" },
	{ "proc:::exit",	"pid=%ld code=%ld signal=%ld" },
	{ "proc:::lwp-create",	"pid=%ld tid=%ld by=%ld" },
	{ "proc:::lwp-*",	"pid=%ld tid=%ld" },
	{ "proc:::signal-send",	"pid=%ld signal=%ld from=%ld" },
	{ "proc:::signal-handle", "pid=%ld signal=%ld handler=0x%lx" },
	{ "fork.*",		"child=%ld parent=%ld flags=0x%lx" },
	{ "*",			"0x%lx 0x%lx 0x%lx" },
};

static struct mutex	probe_write_lock;
static struct spinlock	ring_lock = SPINLOCK_INIT("trace", RANK_WATCH);
static struct record	*ring;			/* ring_lock; constant once made */
static uint64_t		ring_end;		/* ring_lock: records ever written */
static uint64_t		ring_start;		/* ring_lock: the first that is neither lost nor
						 * cleared */
static uint64_t		ring_lost;		/* ring_lock: overwritten since the last clear */

void
probe_pass(struct point *pt, const uintptr_t arg[3])
{
	bool intr = curcpu()->c_intr_depth != 0;
	struct lwp *l = curlwp();
	struct record *re;

	spin_lock(&ring_lock);
	re = &ring[ring_end++ % RING_RECORDS];
	if (ring_end - ring_start > RING_RECORDS) {
		ring_start++;
		ring_lost++;
	}
	re->re_ns = clock_mono_ns();
	re->re_point = pt;
	memcpy(re->re_arg, arg, sizeof(re->re_arg));
	re->re_cpu = curcpu()->c_id;
	re->re_pid = intr ? 0 : l->l_proc->p_pid;
	re->re_tid = intr ? 0 : l->l_tid;
	/* Without p_lock, which may be held: a name that changes right now may come out mixed. */
	memcpy(re->re_comm, intr ? "interrupt" : l->l_proc->p_comm,
	    intr ? sizeof("interrupt") : sizeof(re->re_comm));
	spin_unlock(&ring_lock);
}

/* ---- which are on ---- */

static int
ring_make(void)
{
	struct record *new;

	if (ring != NULL)
		return 0;
	if ((new = kmalloc_array(RING_RECORDS, sizeof(*new))) == NULL)
		return watch_refuse(ENOMEM, "probe: no memory for the trace");
	spin_lock(&ring_lock);
	ring = new;
	spin_unlock(&ring_lock);
	return 0;
}

static int
probe_line(char *line)
{
	char *word = watch_word(&line), *more = watch_word(&line);
	bool all_off = strcmp(word, "off") == 0 && more == NULL;
	bool on = !all_off && (more == NULL || strcmp(more, "on") == 0);
	int error;

	if (!on && !all_off && strcmp(more, "off") != 0)
		return watch_refuse(EINVAL, "probe: %s %s: write 'on' or 'off' after the name",
		    word, more);
	if (!all_off && (error = watch_check_pattern(word, ~0u, "probe")) != 0)
		return error;
	if (on && (error = ring_make()) != 0)
		return error;
	foreach_point(pt) {
		if (all_off || watch_match(word, pt->pt_name))
			watch_arm(pt, POINT_PROBE, on);
	}
	return 0;
}

void
probe_init(void)
{
	mutex_init(&probe_write_lock, "probes", RANK_NONE);
}

int
probe_write(const char *text, size_t len)
{
	int error;

	mutex_lock(&probe_write_lock);
	error = watch_lines(text, len, probe_line);
	mutex_unlock(&probe_write_lock);
	return error;
}

size_t
probe_format(char *buf, size_t size)
{
	struct textbuf o = { buf, size, 0 };

	foreach_point(pt) {
		bool on = (load_relaxed(&pt->pt_armed) & POINT_PROBE) != 0;

		if (on || (pt->pt_kinds & POINT_PROBE) != 0)
			textbuf_printf(&o, "%-24s %s\n", pt->pt_name, on ? "on" : "off");
	}
	return o.tb_len;
}

/* ---- the trace ---- */

static int
trace_line(char *line)
{
	char *word = watch_word(&line);

	if (strcmp(word, "clear") != 0)
		return watch_refuse(EINVAL, "trace: '%s': only 'clear' can be written here", word);
	spin_lock(&ring_lock);
	ring_start = ring_end;
	ring_lost = 0;
	spin_unlock(&ring_lock);
	return 0;
}

int
trace_write(const char *text, size_t len)
{
	return watch_lines(text, len, trace_line);
}

static void
record_line(struct textbuf *o, const struct record *re)
{
	size_t i = 0;

	while (!watch_match(formats[i].pattern, re->re_point->pt_name))
		i++;
	textbuf_printf(o, "%llu %u %d %d %s %s ", (unsigned long long)re->re_ns, re->re_cpu,
	    re->re_pid, re->re_tid,
	    re->re_comm, re->re_point->pt_name);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
	textbuf_printf(o, formats[i].format, re->re_arg[0], re->re_arg[1], re->re_arg[2]);
#pragma GCC diagnostic pop
	textbuf_printf(o, "\n");
}

size_t
trace_format(char *buf, size_t size)
{
	struct textbuf o = { buf, size, 0 };
	struct record re;
	uint64_t at, end;
	bool there;

	spin_lock(&ring_lock);
	at = ring_start;
	end = ring_end;
	textbuf_printf(&o, "# %llu records, %llu lost\n", (unsigned long long)(end - at),
	    (unsigned long long)ring_lost);
	spin_unlock(&ring_lock);
	for (; at < end; at++) {
		spin_lock(&ring_lock);
		there = at >= ring_start;	/* else overwritten, or cleared, meanwhile */
		if (there)
			re = ring[at % RING_RECORDS];
		spin_unlock(&ring_lock);
		if (there)
			record_line(&o, &re);
	}
	return o.tb_len;
}
