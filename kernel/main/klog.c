/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel log: a ring of the newest 32 KiB in memory, and the console as its sink. Each call
 * is formatted on the caller's stack and goes out whole, under one lock, so lines of different
 * CPUs do not mix.
 */
#include "arch/arch.h"
#include "sync/spin.h"

#define RING_SIZE	32768u
#define LINE_MAX	512

static struct spinlock klog_lock = SPINLOCK_INIT("klog", RANK_KLOG);
static char ring[RING_SIZE];
static uint64_t ring_end;		/* bytes ever written */
static bool at_line_start = true;
static void (*sink)(const char *, size_t);
static enum klog_level sink_level = KLOG_INFO;
static bool panicking;			/* the lock may be held for ever */

void
klog_set_sink(void (*fn)(const char *, size_t), enum klog_level max)
{
	sink = fn;
	sink_level = max;
}

void
klog_set_level(enum klog_level max)
{
	sink_level = max;
}

static void
emit(enum klog_level level, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ring[ring_end++ % RING_SIZE] = text[i];
	if (sink != NULL && level <= sink_level)
		sink(text, n);
}

void
kvlog(enum klog_level level, const char *fmt, va_list ap)
{
	char line[LINE_MAX];
	size_t off = 0, n;
	bool locked = !panicking;

	if (locked)
		spin_lock(&klog_lock);
	if (at_line_start) {
		uint64_t us = arch_time_ns() / NSEC_PER_USEC;

		off = (size_t)ksnprintf(line, sizeof(line), "[%4llu.%06llu] ",
		    (unsigned long long)(us / 1000000),
		    (unsigned long long)(us % 1000000));
	}
	n = (size_t)kvsnprintf(line + off, sizeof(line) - off, fmt, ap) + off;
	n = MIN(n, sizeof(line) - 1);
	if (n > 0) {
		at_line_start = line[n - 1] == '\n';
		emit(level, line, n);
	}
	if (locked)
		spin_unlock(&klog_lock);
}

void
klog(enum klog_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kvlog(level, fmt, ap);
	va_end(ap);
}

size_t
klog_read(char *buf, size_t size)
{
	uint64_t n, start;

	spin_lock(&klog_lock);
	n = MIN(MIN(ring_end, (uint64_t)RING_SIZE), (uint64_t)size);
	start = ring_end - n;
	for (uint64_t i = 0; i < n; i++)
		buf[i] = ring[(start + i) % RING_SIZE];
	spin_unlock(&klog_lock);
	return n;
}

void
panic(const char *fmt, ...)
{
	char msg[LINE_MAX];
	va_list ap;

	arch_intr_off();
	panicking = true;
	at_line_start = true;
	va_start(ap, fmt);
	kvsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	arch_panic(msg);
	arch_poweroff(0x21);
}
