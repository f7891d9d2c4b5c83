/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's census (/proc/bident/census: lines "name live", then memory in bytes and pages),
 * read at two times and compared. The C library's headers are the includer's.
 */
#ifndef STRESS_CENSUS_H
#define STRESS_CENSUS_H

#define CENSUS_LINES	64
#define CENSUS_PAGE	4096L

struct census {
	int	c_lines;
	struct {
		char	name[40];
		long	live;
	} c_line[CENSUS_LINES];
};

static int
census_read(struct census *c)
{
	char buf[8192], *line, *save;
	int fd = open("/proc/bident/census", O_RDONLY);
	ssize_t n, have = 0;

	c->c_lines = 0;
	if (fd < 0)
		return 0;
	while ((n = read(fd, buf + have, sizeof(buf) - 1 - have)) > 0)
		have += n;
	close(fd);
	buf[have] = 0;
	for (line = strtok_r(buf, "\n", &save); line && c->c_lines < CENSUS_LINES;
	    line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%39s %ld", c->c_line[c->c_lines].name,
		    &c->c_line[c->c_lines].live) == 2)
			c->c_lines++;
	return 1;
}

static long
census_get(const struct census *c, const char *name)
{
	for (int i = 0; i < c->c_lines; i++)
		if (strcmp(c->c_line[i].name, name) == 0)
			return c->c_line[i].live;
	return 0;
}

/*
 * What the kernel keeps for good or at hand is no loss, if it says so: chunks of the pid table
 * (one for each 1,024 numbers in use or next), free objects of caches (pages_slab), cached
 * kernel stacks (pages_kstack_cached). All the rest is compared to the page.
 */
#define CHUNK_BYTES	32768

static long
census_used(const struct census *c)
{
	return census_get(c, "pages_used") - census_get(c,
	    "pid_chunk") * (CHUNK_BYTES / CENSUS_PAGE) -
	    census_get(c, "pages_kstack_cached");
}

static int
census_differs(const char *name, long before, long after, int say)
{
	if (after == before)
		return 0;
	if (say)
		printf("# %s: %ld before, %ld after\n", name, before, after);
	return 1;
}

/*
 * Whether there are as many objects of each kind, and (pages) as much memory in use; says the
 * differences if asked to. Memory is only equal between two times after the largest crowd: the
 * tables that map the kernel's stacks stay.
 */
static int
census_same(const struct census *a, const struct census *b, int pages, int say)
{
	int i, differ = 0;

	for (i = 0; i < b->c_lines; i++) {
		const char *name = b->c_line[i].name;

		if (strcmp(name, "pid_chunk") == 0 || strcmp(name, "kmalloc_bytes") == 0)
			continue;
		if (strncmp(name, "pages_", 6) != 0 || (pages && strcmp(name, "pages_table") == 0))
			differ += census_differs(name, census_get(a, name), b->c_line[i].live, say);
	}
	differ += census_differs("kmalloc_bytes but the pid table",
	    census_get(a, "kmalloc_bytes") - census_get(a, "pid_chunk") * CHUNK_BYTES,
	    census_get(b, "kmalloc_bytes") - census_get(b, "pid_chunk") * CHUNK_BYTES, say);
	if (pages)
		differ += census_differs("pages_used but what is kept", census_used(a),
		    census_used(b), say);
	return differ == 0;
}

#endif
