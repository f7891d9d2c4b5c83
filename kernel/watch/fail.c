/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Failures on purpose: /proc/bident/fail, boot parameter fail=.
 *
 * A setting is a line
 *
 *	POINT[:N|/N|%P[@SEED]][=ERRNO] [pid=N|tree=N]
 *
 * POINT is a point's name, or its beginning and a '*': then the passes of all points that begin so
 * are counted together, so `fork.*:5` fails the fifth step, whichever it is. `:N` fails the Nth
 * pass from now on, once; `/N` every Nth; `%P` each with a probability of P in 100; without any
 * of these, every pass. The same seed gives the same sequence; without one it is drawn, and
 * shown. Settings stand beside each other, and each counts every pass that is in its scope; the
 * first that wants a failure gives the error. One with the POINT and scope of an older one takes
 * its place.
 *
 * Scope. Passes in interrupts and by kernel processes never count. `pid=` is that process alone.
 * Everybody passes the points of the allocators (mem.*) all the time, whoever would take a setting
 * back among them: a setting for those must have a scope.
 * `tree=` is the process, its descendants at the time, and all that they make from then on, even
 * if they are orphaned: membership is a bit of p_watch, which a child inherits at its publication.
 *
 * A setting is a slot of rules[]; the slot's number is its bit in p_watch and in the pt_private of
 * each point that it is for. Everything is guarded by fail_lock, which may be taken anywhere
 * (points stand below the tree lock, and in the allocators), so nothing here logs or allocates
 * under it. Writers are alone by fail_write_lock.
 */
#include "watch/watch_int.h"

#include "fs/devfs/random.h"
#include "mem/cache.h"
#include "sync/mutex.h"

#define RULES_MAX	32u

enum when { WHEN_ALWAYS, WHEN_NTH, WHEN_EVERY, WHEN_CHANCE };

struct rule {
	char		r_pattern[WATCH_NAME_MAX];	/* "": a free slot */
	enum when	r_when;
	uint64_t	r_n;		/* of WHEN_NTH and WHEN_EVERY; percent of WHEN_CHANCE */
	uint64_t	r_seed;
	uint64_t	r_random;	/* the generator's state */
	int		r_errno;	/* 0: the point's own */
	pid_t		r_pid;		/* pid= or tree=; 0: everybody */
	bool		r_tree;
	bool		r_spent;	/* WHEN_NTH, and it has happened */
	uint64_t	r_passes, r_failures;
};

struct point_count {
	uint64_t	pc_passes;	/* while armed */
	uint64_t	pc_failures;
};

static struct mutex	fail_write_lock;
static struct spinlock	fail_lock = SPINLOCK_INIT("fail", RANK_WATCH);
static struct rule	rules[RULES_MAX];	/* fail_lock */
static struct point_count *counts;		/* fail_lock: in the order of points; made with
						 * the first rule */

static const struct {
	const char	*name;
	int		 number;
} errnos[] = {
	{ "EAGAIN", EAGAIN }, { "ENOMEM", ENOMEM }, { "EIO", EIO }, { "ENFILE", ENFILE },
	    { "EMFILE", EMFILE },
	{ "ENOSPC", ENOSPC }, { "EPERM", EPERM }, { "EACCES", EACCES }, { "EINVAL", EINVAL },
};

static const char *
errno_name(int error)
{
	for (size_t i = 0; i < nitems(errnos); i++) {
		if (errnos[i].number == error)
			return errnos[i].name;
	}
	return "?";
}

/* ---- a pass ---- */

/* Steele, Lea and Flood's mixer: any seed is good, 0 too. */
static uint64_t
rule_random(struct rule *r)
{
	uint64_t z = (r->r_random += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static bool
rule_in_scope(const struct rule *r, const struct proc *p)
{
	if (r->r_pid == 0)
		return true;
	if (!r->r_tree)
		return p->p_pid == r->r_pid;
	return (load_relaxed(&p->p_watch) & 1ull << (r - rules)) != 0;
}

/* Counts a pass, and says whether it is to fail. */
static bool
rule_hit(struct rule *r)
{
	r->r_passes++;
	switch (r->r_when) {
	case WHEN_NTH:
		r->r_spent = r->r_passes == r->r_n;
		return r->r_spent;
	case WHEN_EVERY:
		return r->r_passes % r->r_n == 0;
	case WHEN_CHANCE:
		return rule_random(r) % 100 < r->r_n;
	default:
		return true;
	}
}

/* Arms a point for the rules that it has left. */
static void
rearm_locked(struct point *pt)
{
	watch_arm(pt, POINT_FAIL, pt->pt_private != 0);
}

static void
rule_detach_locked(struct rule *r)
{
	foreach_point(pt) {
		pt->pt_private &= ~(1ull << (r - rules));
		rearm_locked(pt);
	}
}

int
fail_pass(struct point *pt)
{
	struct proc *p = watch_passer();
	bool counted = false;
	int error = 0;

	if (p == NULL)
		return 0;
	spin_lock(&fail_lock);
	for (uint32_t i = 0; i < RULES_MAX; i++) {
		struct rule *r = &rules[i];

		if ((pt->pt_private & 1ull << i) == 0 || !rule_in_scope(r, p))
			continue;
		counted = true;
		if (rule_hit(r) && error == 0) {
			error = r->r_errno != 0 ? r->r_errno : pt->pt_errno;
			r->r_failures++;
		}
		if (r->r_spent)
			rule_detach_locked(r);
	}
	if (counted) {
		counts[pt - __start_points].pc_passes++;
		counts[pt - __start_points].pc_failures += error != 0;
	}
	spin_unlock(&fail_lock);
	return error;
}

/* ---- trees ---- */

struct mark {
	pid_t	 m_root;
	uint64_t m_bit;
	bool	 m_on;
};

/* Tree lock held. */
static bool
mark_one(struct proc *p, void *arg)
{
	const struct mark *m = arg;

	if (!m->m_on) {
		atomic_and(&p->p_watch, ~m->m_bit);
		return true;
	}
	for (struct proc *q = p; q != NULL; q = q->p_parent) {
		if (q->p_pid == m->m_root) {
			atomic_or(&p->p_watch, m->m_bit);
			break;
		}
	}
	return true;
}

/* A slot's bit: set in the whole tree, or cleared everywhere. */
static void
mark_tree(uint32_t slot, pid_t root, bool on)
{
	struct mark m = { .m_root = root, .m_bit = 1ull << slot, .m_on = on };

	proc_foreach(mark_one, &m);
}

/* ---- settings ---- */

/* Frees a slot. */
static void
rule_clear(struct rule *r)
{
	bool tree;

	spin_lock(&fail_lock);
	rule_detach_locked(r);
	tree = r->r_tree;
	memset(r, 0, sizeof(*r));
	spin_unlock(&fail_lock);
	if (tree)
		mark_tree((uint32_t)(r - rules), 0, false);
}

/* Where a setting goes: into the place of its like, a free slot, or that of a spent one. */
static struct rule *
rule_slot(const struct rule *like)
{
	struct rule *best = NULL;

	for (struct rule *r = rules; r < rules + RULES_MAX; r++) {
		if (strcmp(r->r_pattern, like->r_pattern) == 0 && r->r_pid == like->r_pid &&
		    r->r_tree == like->r_tree)
			return r;
		if (r->r_pattern[0] == '\0' && (best == NULL || best->r_pattern[0] != '\0'))
			best = r;
		if (r->r_spent && best == NULL)
			best = r;
	}
	return best;
}

/* The allocators' points fail for a named scope only. */
static int
check_scope(const struct rule *r)
{
	if (r->r_pid != 0)
		return 0;
	foreach_point(pt) {
		if (strncmp(pt->pt_name, "mem.", 4) == 0 && watch_match(r->r_pattern, pt->pt_name))
			return watch_refuse(EINVAL,
			    "fail: %s: that is passed by every process: say whose, by pid=N or "
			    "tree=N", r->r_pattern);
	}
	return 0;
}

static int
rule_install(const struct rule *new)
{
	struct rule *r = rule_slot(new);

	if (r == NULL)
		return watch_refuse(ENOSPC,
		    "fail: there are %u settings already; write 'clear' or 'clear POINT' first",
		    RULES_MAX);
	rule_clear(r);
	if (new->r_tree)
		mark_tree((uint32_t)(r - rules), new->r_pid, true);
	spin_lock(&fail_lock);
	*r = *new;
	foreach_point(pt) {
		if ((pt->pt_kinds & POINT_FAIL) != 0 && watch_match(r->r_pattern, pt->pt_name)) {
			pt->pt_private |= 1ull << (r - rules);
			rearm_locked(pt);
		}
	}
	spin_unlock(&fail_lock);
	return 0;
}

/* "N" of ":N", "/N", or "P[@SEED]" of "%P@SEED". */
static int
parse_when(struct rule *r, char sign, char *text)
{
	char *at = strchr(text, '@');

	r->r_when = sign == ':' ? WHEN_NTH : sign == '/' ? WHEN_EVERY : WHEN_CHANCE;
	if (sign == '%') {
		if (at != NULL) {
			*at = '\0';
			r->r_seed = strtou64(at + 1, (const char **)&at);
			if (*at != '\0')
				return watch_refuse(EINVAL,
				    "fail: %s: the seed after '@' must be a number", r->r_pattern);
		} else {
			random_bytes(&r->r_seed, sizeof(r->r_seed));
			r->r_seed >>= 32;
		}
		r->r_random = r->r_seed;
	}
	if (!watch_number(text, &r->r_n) || (sign == '%' && r->r_n > 100))
		return watch_refuse(EINVAL, "fail: %s%c%s: after '%c' stands a number from 1%s",
		    r->r_pattern, sign, text,
		    sign, sign == '%' ? " to 100" : "");
	return 0;
}

static int
parse_errno(struct rule *r, const char *name)
{
	for (size_t i = 0; i < nitems(errnos); i++) {
		if (strcmp(errnos[i].name, name) == 0) {
			r->r_errno = errnos[i].number;
			return 0;
		}
	}
	return watch_refuse(EINVAL,
	    "fail: %s=%s: the error must be one of EAGAIN ENOMEM EIO ENFILE EMFILE ENOSPC "
	    "EPERM EACCES EINVAL", r->r_pattern, name);
}

/* POINT[:N|/N|%P[@SEED]][=ERRNO] */
static int
parse_what(struct rule *r, char *word)
{
	char *equals = strchr(word, '='), *when = word, sign;
	int error;

	if (strstr(word, ":::") != NULL)	/* a probe's name, which has our sign in it */
		return watch_check_pattern(word, POINT_FAIL, "fail");
	if (equals != NULL)
		*equals++ = '\0';
	while (*when != '\0' && strchr(":/%", *when) == NULL)
		when++;
	sign = *when;
	if (sign != '\0')
		*when++ = '\0';
	if (strlcpy(r->r_pattern, word, sizeof(r->r_pattern)) >= sizeof(r->r_pattern))
		r->r_pattern[0] = '\0';
	if ((error = watch_check_pattern(word, POINT_FAIL, "fail")) != 0)
		return error;
	if (sign != '\0' && (error = parse_when(r, sign, when)) != 0)
		return error;
	return equals != NULL ? parse_errno(r, equals) : 0;
}

static int
parse_scope(struct rule *r, const char *word)
{
	if (r->r_pid == 0 && strncmp(word, "pid=", 4) == 0)
		return watch_read_pid(word + 4, &r->r_pid);
	if (r->r_pid == 0 && strncmp(word, "tree=", 5) == 0) {
		r->r_tree = true;
		return watch_read_pid(word + 5, &r->r_pid);
	}
	return watch_refuse(EINVAL, "fail: %s: '%s' is no scope; write pid=N or tree=N, once",
	    r->r_pattern, word);
}

static void
clear_matching(const char *pattern)
{
	for (struct rule *r = rules; r < rules + RULES_MAX; r++) {
		if (r->r_pattern[0] != '\0' &&
		    (pattern == NULL || watch_match(pattern, r->r_pattern)))
			rule_clear(r);
	}
}

static int
fail_line(char *line)
{
	struct rule r = { .r_pattern = "" };
	char *word = watch_word(&line);
	int error;

	if (strcmp(word, "clear") == 0) {
		word = watch_word(&line);
		clear_matching(word);
		return 0;
	}
	if ((error = parse_what(&r, word)) != 0)
		return error;
	while ((word = watch_word(&line)) != NULL) {
		if ((error = parse_scope(&r, word)) != 0)
			return error;
	}
	if ((error = check_scope(&r)) != 0)
		return error;
	return rule_install(&r);
}

void
fail_init(void)
{
	mutex_init(&fail_write_lock, "fail settings", RANK_NONE);
}

int
fail_write(const char *text, size_t len)
{
	struct point_count *new;
	int error;

	mutex_lock(&fail_write_lock);
	if (counts == NULL) {
		new = kmalloc((size_t)(__stop_points - __start_points) * sizeof(*new));
		spin_lock(&fail_lock);
		counts = new;
		spin_unlock(&fail_lock);
	}
	error = counts != NULL ? watch_lines(text, len, fail_line) : ENOMEM;
	mutex_unlock(&fail_write_lock);
	return error;
}

/* ---- the list ---- */

static void
rule_line(struct textbuf *o, const struct rule *r)
{
	textbuf_printf(o, "%s", r->r_pattern);
	if (r->r_when == WHEN_NTH || r->r_when == WHEN_EVERY)
		textbuf_printf(o, "%c%llu", r->r_when == WHEN_NTH ? ':' : '/',
		    (unsigned long long)r->r_n);
	else if (r->r_when == WHEN_CHANCE)
		textbuf_printf(o, "%%%llu@%llu", (unsigned long long)r->r_n,
		    (unsigned long long)r->r_seed);
	if (r->r_errno != 0)
		textbuf_printf(o, "=%s", errno_name(r->r_errno));
	if (r->r_pid != 0)
		textbuf_printf(o, " %s=%d", r->r_tree ? "tree" : "pid", r->r_pid);
	textbuf_printf(o, " passes %llu failures %llu%s\n", (unsigned long long)r->r_passes,
	    (unsigned long long)r->r_failures, r->r_spent ? " spent" : "");
}

static void
point_line(struct textbuf *o, const struct point *pt)
{
	struct point_count pc = { 0, 0 };

	spin_lock(&fail_lock);
	if (counts != NULL)
		pc = counts[pt - __start_points];
	spin_unlock(&fail_lock);
	textbuf_printf(o, "%-24s %s%s%s %s passes %llu failures %llu\n", pt->pt_name,
	    (pt->pt_kinds & POINT_FAIL) != 0 ? "f" : "-",
	    (pt->pt_kinds & POINT_STALL) != 0 ? "s" : "-",
	    (pt->pt_kinds & POINT_PROBE) != 0 ? "p" : "-",
	    (pt->pt_kinds & POINT_FAIL) != 0 ? errno_name(pt->pt_errno) : "-",
	    (unsigned long long)pc.pc_passes, (unsigned long long)pc.pc_failures);
}

size_t
fail_format(char *buf, size_t size)
{
	struct textbuf o = { buf, size, 0 };
	struct rule r;

	textbuf_printf(&o, "# settings\n");
	for (uint32_t i = 0; i < RULES_MAX; i++) {
		spin_lock(&fail_lock);
		r = rules[i];
		spin_unlock(&fail_lock);
		if (r.r_pattern[0] != '\0')
			rule_line(&o, &r);
	}
	textbuf_printf(&o,
	    "# points: name, kinds (f can fail, s can stall, p has a record), error\n");
	foreach_point(pt)
		point_line(&o, pt);
	watch_refused_format(&o);
	return o.tb_len;
}
