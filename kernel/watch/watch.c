/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The points' handler, and what the three ways to watch have in common: names, words, refusals.
 *
 * A pass of an armed point goes through here: first its record (probe.c), then the waits
 * (chaos.c, stall.c), then the failure (fail.c), each if pt_armed says so. The order makes a
 * record stand before what it tells of, and lets a test hold a passer-by that will fail.
 *
 * pt_armed is written under the lock of the file whose bit it is, by atomic operations, and read
 * without: a pass that overlaps with the arming may go either way.
 */
#include "watch/watch_int.h"

#define LINE_MAX	256

static struct spinlock	refused_lock = SPINLOCK_INIT("watch refused", RANK_NAMECACHE);
static char		refused[LINE_MAX];	/* refused_lock: the last refusal */

/* ---- texts ---- */

int
watch_refuse(int error, const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	kvsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	klog(KLOG_WARN, "%s\n", line);
	spin_lock(&refused_lock);
	strlcpy(refused, line, sizeof(refused));
	spin_unlock(&refused_lock);
	return error;
}

void
watch_refused_format(struct textbuf *o)
{
	char line[LINE_MAX];

	spin_lock(&refused_lock);
	strlcpy(line, refused, sizeof(line));
	spin_unlock(&refused_lock);
	if (line[0] != '\0')
		textbuf_printf(o, "# refused: %s\n", line);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == ',' || c == '\t';
}

static char *
skip_blanks(char *s)
{
	while (is_blank(*s))
		s++;
	return s;
}

int
watch_lines(const char *text, size_t len, int (*fn)(char *line))
{
	const char *end = text + len, *stop;
	char line[LINE_MAX];
	int error = 0;

	for (; error == 0 && text < end; text = stop + 1) {
		for (stop = text; stop < end && *stop != '\n' && *stop != ';';)
			stop++;
		if ((size_t)(stop - text) >= sizeof(line))
			return watch_refuse(EINVAL, "watch: a line has more than %d characters",
			    LINE_MAX - 1);
		memcpy(line, text, (size_t)(stop - text));
		line[stop - text] = '\0';
		if (*skip_blanks(line) != '\0')
			error = fn(line);
	}
	return error;
}

char *
watch_word(char **at)
{
	char *word = skip_blanks(*at), *end;

	if (*word == '\0')
		return NULL;
	for (end = word; *end != '\0' && !is_blank(*end);)
		end++;
	*at = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return word;
}

bool
watch_number(const char *text, uint64_t *n)
{
	*n = 0;
	for (const char *s = text; *s != '\0'; s++) {
		if (*s < '0' || *s > '9' || s - text >= 18)
			return false;
		*n = *n * 10 + (uint64_t)(*s - '0');
	}
	return *n > 0;
}

/* ---- points ---- */

bool
watch_match(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);

	if (n > 0 && pattern[n - 1] == '*')
		return strncmp(pattern, name, n - 1) == 0;
	return strcmp(pattern, name) == 0;
}

/* In how many letters two names differ: the least number of letters to change, add or leave out. */
static uint32_t
name_distance(const char *a, const char *b)
{
	uint8_t row[WATCH_NAME_MAX + 1], diagonal, above;
	uint32_t n = (uint32_t)strnlen(b, WATCH_NAME_MAX);

	for (uint32_t j = 0; j <= n; j++)
		row[j] = (uint8_t)j;
	for (uint32_t i = 0; a[i] != '\0' && i < WATCH_NAME_MAX; i++) {
		diagonal = row[0];
		row[0] = (uint8_t)(i + 1);
		for (uint32_t j = 1; j <= n; j++) {
			above = row[j];
			row[j] = MIN(MIN(above, row[j - 1]) + 1, diagonal + (a[i] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

int
watch_check_pattern(const char *pattern, uint32_t kinds, const char *what)
{
	const struct point *nearest = NULL;
	bool exists = false;

	foreach_point(pt) {
		if (watch_match(pattern, pt->pt_name)) {
			if ((pt->pt_kinds & kinds) != 0)
				return 0;
			exists = true;
		}
		if ((pt->pt_kinds & kinds) != 0 && (nearest == NULL ||
		    name_distance(pattern, pt->pt_name) < name_distance(pattern, nearest->pt_name)))
			nearest = pt;
	}
	return watch_refuse(EINVAL, "%s: '%s': %s; nearest is '%s', /proc/bident/fail lists all",
	    what, pattern,
	    exists ? "that point is not of this kind" : "no such point",
	    nearest != NULL ? nearest->pt_name : "none");
}

void
watch_arm(struct point *pt, uint32_t kind, bool on)
{
	if (on)
		atomic_or(&pt->pt_armed, kind);
	else
		atomic_and(&pt->pt_armed, ~kind);
}

int
watch_read_pid(const char *value, pid_t *pid)
{
	struct proc *p;
	uint64_t n;

	if (strcmp(value, "self") == 0) {
		*pid = curproc()->p_pid;
		return 0;
	}
	if (!watch_number(value, &n) || n > INT32_MAX)
		return watch_refuse(EINVAL, "watch: '%s' is not a process number, nor 'self'",
		    value);
	if ((p = proc_find((pid_t)n)) == NULL)
		return watch_refuse(ESRCH, "watch: there is no process %s", value);
	proc_drop(p);
	*pid = (pid_t)n;
	return 0;
}

struct proc *
watch_passer(void)
{
	struct lwp *l = curlwp();

	if (curcpu()->c_intr_depth != 0 || l == NULL || l->l_proc == NULL ||
	    (load_relaxed(&l->l_proc->p_flags) & PF_KERNEL) != 0 || l->l_proc == &proc0)
		return NULL;
	return l->l_proc;
}

/* ---- the handler ---- */

static int
watch_handler(struct point *pt, const uintptr_t arg[3])
{
	uint32_t armed = load_relaxed(&pt->pt_armed);

	if ((armed & POINT_PROBE) != 0)
		probe_pass(pt, arg);
#ifdef CHAOS
	if ((armed & POINT_CHAOS) != 0)
		chaos_pass();
#endif
#ifdef DEBUG
	if ((armed & POINT_STALL) != 0)
		stall_pass(pt);
#endif
	return (armed & POINT_FAIL) != 0 ? fail_pass(pt) : 0;
}

static void
boot_setting(const char *name, int (*store)(const char *, size_t))
{
	const char *text = boot_param(name);

	if (text != NULL)
		(void)store(text, strlen(text));	/* it has said what is wrong */
}

void
watch_init(void)
{
	fail_init();
	probe_init();
#ifdef DEBUG
	stall_init();
#endif
	point_handler = watch_handler;
	boot_setting("fail", fail_write);
	boot_setting("probe", probe_write);
	chaos_init();
}
