/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of tunables. A value is one word that readers load once and that nobody guards: each
 * reader copes with any value in the range, and with a change between two loads (it makes only
 * one). What a value means is told where it is used: admit.c for the counts, pid.c for the space.
 */
#include "proc/proc_int.h"
#include "proc/tunable.h"

static uint64_t
max_maxproc(void)
{
	return load_relaxed(&pid_space) - 1;
}

static uint64_t
max_forkfsleep(void)
{
	return FORKFSLEEP_MAX;
}

static uint64_t
max_pid_max(void)
{
	return PID_SPACE;
}

static const struct tunable tunables[] = {
	{ "kern.maxproc", "processes, the kernel's own included", &proc_max, 0, max_maxproc,
	    false },
	{ "kern.forkfsleep", "milliseconds that a refused fork sleeps", &fork_fail_sleep_ms, 0,
	    max_forkfsleep, false },
	{ "kern.pid_max", "numbers for processes, 0 included", &pid_space, 8, max_pid_max, true },
};

const struct tunable *
tunable_at(uint32_t n)
{
	return n < nitems(tunables) ? &tunables[n] : NULL;
}

const struct tunable *
tunable_find(const char *name)
{
	for (uint32_t i = 0; i < nitems(tunables); i++) {
		if (strcmp(tunables[i].tn_name, name) == 0)
			return &tunables[i];
	}
	return NULL;
}

uint64_t
tunable_get(const struct tunable *tn)
{
	return load_relaxed(tn->tn_value);
}

static int
tunable_store(const struct tunable *tn, int64_t value)
{
	uint64_t max = tn->tn_max();

	if (value < 0 || (uint64_t)value < tn->tn_min || (uint64_t)value > max) {
		klog(KLOG_WARN, "proc: %s=%lld is not in %llu..%llu (%s): it stays %llu\n",
		    tn->tn_name,
		    (long long)value, (unsigned long long)tn->tn_min, (unsigned long long)max,
		    tn->tn_unit, (unsigned long long)tunable_get(tn));
		return EINVAL;
	}
	store_relaxed(tn->tn_value, (uint32_t)value);
	return 0;
}

int
tunable_set(const struct tunable *tn, int64_t value)
{
	return tn->tn_boot_only ? EPERM : tunable_store(tn, value);
}

static void
tunable_boot_one(const struct tunable *tn, const char *text)
{
	bool minus = text[0] == '-';
	const char *end;
	uint64_t value = strtou64(text + minus, &end);

	if (end == text + minus || *end != '\0')
		klog(KLOG_WARN, "proc: %s=%s is not a number: it stays %llu\n", tn->tn_name, text,
		    (unsigned long long)tunable_get(tn));
	else
		(void)tunable_store(tn, minus ? -(int64_t)value : (int64_t)value);
}

void
tunable_boot(void)
{
	/* From the end: the limits of the first ones depend on the last. */
	for (uint32_t i = nitems(tunables); i-- > 0;) {
		const char *text = boot_param(strchr(tunables[i].tn_name, '.') + 1);

		if (text != NULL)
			tunable_boot_one(&tunables[i], text);
	}
}
