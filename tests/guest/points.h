/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest tests that use the kernel's points: /proc/bident/{fail,stall,probe,trace}. Includes
 * tap.h.
 */
#ifndef POINTS_H
#define POINTS_H

#include "tap.h"

/* Writes a formatted line into a file of /proc/bident: 0, or -1 and errno. */
static int __attribute__((format(printf, 2, 3), unused))
point_write(const char *file, const char *fmt, ...)
{
	char path[64], line[512];
	va_list ap;
	int fd, n, done, error;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	snprintf(path, sizeof(path), "/proc/bident/%s", file);
	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) < 0)
		return -1;
	done = (int)write(fd, line, (size_t)n);
	error = errno;
	close(fd);
	errno = error;
	return done == n ? 0 : -1;
}

#define FAIL(...)	EQ(point_write("fail", __VA_ARGS__), 0)
#define STALL(...)	EQ(point_write("stall", __VA_ARGS__), 0)
#define PROBE(...)	EQ(point_write("probe", __VA_ARGS__), 0)

/* Whether a pass is held up at the point: one armed for this process, or (pid 0) any. */
static int __attribute__((unused))
point_stalled(const char *point, pid_t pid)
{
	char text[8192], want[96];
	int n = snprintf(want, sizeof(want), pid != 0 ? "%s pid=%d " : "%s ", point, (int)pid);

	CHECK(read_file("/proc/bident/stall", text, sizeof(text)) >= 0);
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		if (strncmp(line, want, (size_t)n) == 0 && strstr(line, " waiting ") != NULL)
			return 1;
	return 0;
}

/*
 * Skips where the kernel has no such file: Linux, and stalls in a release kernel. Root alone may
 * use it.
 */
static void __attribute__((unused))
point_need(const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/bident/%s", file);
	if (access(path, F_OK) != 0)
		SKIP("no %s", path);
	if (geteuid() != 0)
		SKIP("not root");
}

/* Points that can fail, by the beginning of their names, one after the other: false at the end. */
struct point_list {
	char	 pl_text[32768];
	char	*pl_at;		/* null: from the start */
	char	 pl_name[64];
	int	 pl_errno;
};

static int __attribute__((unused))
point_next(struct point_list *pl, const char *prefix)
{
	char kinds[8], error[16];

	if (pl->pl_at == NULL) {
		CHECK(read_file("/proc/bident/fail", pl->pl_text, sizeof(pl->pl_text)) > 0);
		pl->pl_at = strstr(pl->pl_text, "# points");
		CHECK(pl->pl_at != NULL);
	}
	while ((pl->pl_at = strchr(pl->pl_at, '\n')) != NULL) {
		pl->pl_at++;
		if (sscanf(pl->pl_at, "%63s %7s %15s passes", pl->pl_name, kinds, error) != 3 ||
		    kinds[0] != 'f' || strncmp(pl->pl_name, prefix, strlen(prefix)) != 0)
			continue;
		pl->pl_errno = strcmp(error, "EAGAIN") == 0 ? EAGAIN :
		    strcmp(error, "EMFILE") == 0 ? EMFILE : ENOMEM;
		return 1;
	}
	return 0;
}

/* A piece of the table of numbers: there is one for each 1,024 that are in use or come next. */
#define CENSUS_CHUNK	(1024L * 32)

/*
 * The census, less what says only how memory is kept ready, and less the table of numbers, which
 * grows when the numbers come to its next piece, however few are in use.
 */
static void __attribute__((unused))
census_read(char *text, size_t size)
{
	long kept = 0, chunks = 0, value;
	char *from, *to, *next, line[64];

	CHECK(read_file("/proc/bident/census", text, size) > 0);
	for (from = to = text; *from != '\0'; from = next) {
		size_t n = strcspn(from, "\n") + 1;

		next = from + n;
		/* Stacks that are kept at hand are used pages, but nobody's. */
		if (sscanf(from, "pages_kstack_cached %ld", &kept) == 1 ||
		    sscanf(from, "pid_chunk %ld", &chunks) == 1 ||
		    strncmp(from, "pages_free ", 11) == 0 || strncmp(from, "pages_slab ", 11) == 0)
			continue;
		/* What replaces a line is not longer than it. */
		if (sscanf(from, "kmalloc_bytes %ld", &value) == 1) {
			n = (size_t)sprintf(line, "kmalloc_bytes %ld\n",
			    value - chunks * CENSUS_CHUNK);
			memcpy(to, line, n);
		} else if (sscanf(from, "pages_used %ld", &value) == 1) {
			n = (size_t)sprintf(line, "pages_used %ld\n",
			    value - kept - chunks * CENSUS_CHUNK / 4096);
			memcpy(to, line, n);
		} else {
			memmove(to, from, n);
		}
		to += n;
	}
	*to = '\0';
}

static char census_was[16384], census_is[16384];

static int __attribute__((unused))
census_same(void)
{
	census_read(census_is, sizeof(census_is));
	return strcmp(census_was, census_is) == 0;
}

/* Everything is as at census_begin(), or soon will be: what a reaper frees may take a moment. */
/* When nothing of an earlier test is still on its way out. */
#define CENSUS_BEGIN() do {							\
	/* The first makes the memory that the text is read into. */		\
	census_read(census_is, sizeof(census_is));				\
	census_read(census_was, sizeof(census_was));				\
	do {									\
		census_read(census_was, sizeof(census_was));			\
		sleep_ms(10);							\
	} while (!census_same());						\
} while (0)
#define CENSUS_END(what) do {							\
	if (!SOON(census_same(), 3000)) {					\
		tap_say("# %s: the census differs\n", (what));			\
		census_show_difference();					\
		tap_fail_exit();						\
	}									\
} while (0)

static void __attribute__((unused))
census_show_difference(void)
{
	char *a = census_was, *b = census_is;

	for (; *a != '\0' && *b != '\0'; a += strcspn(a, "\n") + 1, b += strcspn(b, "\n") + 1)
		if (strcspn(a, "\n") != strcspn(b, "\n") || strncmp(a, b, strcspn(a, "\n")) != 0)
			tap_say("#   was %.*s, is %.*s\n", (int)strcspn(a, "\n"), a,
			    (int)strcspn(b, "\n"), b);
}

#endif
