/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/bident: the kernel's own accounts, and the ways to watch and disturb it. */
#include "fs/procfs/procfs_int.h"

#include "lib/coverage.h"
#include "mem/census.h"
#include "watch/watch.h"

/* A text that its owner writes, as far as there is room, and tells the length of. */
static int
show_formatted(struct text *t, size_t (*format)(char *, size_t))
{
	size_t want = 8192, n;
	char *at;

	for (;;) {
		if ((at = text_reserve(t, want)) == NULL)
			return ENOMEM;
		if ((n = format(at, want)) < want)
			break;
		want = n + 1;
	}
	t->t_len += n;
	return 0;
}

#define SHOW_FORMATTED(name)								\
static int										\
show_##name(struct text *t, struct pnode *pn __unused)					\
{											\
	return show_formatted(t, name##_format);					\
}
#define STORE_WRITTEN(name)								\
static int										\
store_##name(struct pnode *pn __unused, const char *buf, size_t len)			\
{											\
	return name##_write(buf, len);							\
}
SHOW_FORMATTED(census)
SHOW_FORMATTED(fail)
STORE_WRITTEN(fail)
#ifdef DEBUG
SHOW_FORMATTED(stall)
STORE_WRITTEN(stall)
#endif
#ifdef COVERAGE
SHOW_FORMATTED(coverage)
#endif
#ifdef CHAOS
SHOW_FORMATTED(chaos)
#endif
SHOW_FORMATTED(probe)
STORE_WRITTEN(probe)
SHOW_FORMATTED(trace)
STORE_WRITTEN(trace)

/* Since boot; exact when no fork is under way. */
static int
show_counters(struct text *t, struct pnode *pn __unused)
{
	struct fork_counts fc;

	proc_fork_counts(&fc);
	text_printf(t, "forks %lu\nforks_holding %lu\nforks_sharing_vm %lu\n", fc.fc_forks,
	    fc.fc_holding,
	    fc.fc_sharing);
	return 0;
}

static int
show_klog(struct text *t, struct pnode *pn __unused)
{
	char *at = text_reserve(t, 65536);

	if (at == NULL)
		return ENOMEM;
	t->t_len += klog_read(at, 65536);
	return 0;
}

const struct pentry procfs_bident_rows[] = {
	FILE_ROW("census", show_census),
	FILE_ROW("klog", show_klog),
	FILE_ROW("counters", show_counters),
	ROOT_ROW("fail", show_fail, store_fail),
#ifdef DEBUG
	ROOT_ROW("stall", show_stall, store_stall),
#endif
#ifdef COVERAGE
	ROOT_ROW("coverage", show_coverage, NULL),
#endif
#ifdef CHAOS
	FILE_ROW("chaos", show_chaos),
#endif
	ROOT_ROW("probe", show_probe, store_probe),
	ROOT_ROW("trace", show_trace, store_trace),
	END_ROW
};
