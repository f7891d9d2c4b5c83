/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's messages, as they come over the serial line.
 *
 * The last RING_SIZE bytes are kept in memory, so that a death can be explained without having
 * been asked for beforehand. A line that starts with "panic: " is the kernel's word that it has
 * died; what follows it (registers, backtraces) belongs to it. The line NMI_END is the last of its
 * answer to a non-maskable interrupt.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bident.h"

#define RING_SIZE	(256u << 10)
#define PANIC_MARK	"panic: "
#define NMI_END		"nmi: end"
#define STATS_MARK	"bident-init: stats: "	/* the agent's answer to --stats */

void
klog_init(struct klog *kl, const char *file)
{
	*kl = (struct klog){ .kl_file = -1 };
	kl->kl_ring = xalloc(NULL, RING_SIZE);
	if (file == NULL)
		return;
	kl->kl_file = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	if (kl->kl_file < 0)
		die("cannot write the kernel log to '%s': %s", file, strerror(errno));
}

static void
end_line(struct klog *kl)
{
	if (kl->kl_line_len == sizeof(NMI_END) - 1 &&
	    memcmp(kl->kl_line, NMI_END, sizeof(NMI_END) - 1) == 0)
		kl->kl_nmi_done = true;
	if (kl->kl_stats && kl->kl_line_len > sizeof(STATS_MARK) - 1 &&
	    memcmp(kl->kl_line, STATS_MARK, sizeof(STATS_MARK) - 1) == 0) {
		say_text(kl->kl_line + sizeof(STATS_MARK) - 1,
		    kl->kl_line_len - (sizeof(STATS_MARK) - 1));
		say_text("\n", 1);
	}
	if (say_verbose) {
		say_text("kernel: ", 8);
		say_text(kl->kl_line, kl->kl_line_len);
		say_text("\n", 1);
	}
	kl->kl_line_len = 0;
}

static void
take_byte(struct klog *kl, char c)
{
	if (c == '\r')
		return;
	kl->kl_ring[kl->kl_total++ % RING_SIZE] = c;
	if (c == '\n') {
		end_line(kl);
		return;
	}
	if (kl->kl_line_len == sizeof(kl->kl_line))
		return;
	kl->kl_line[kl->kl_line_len++] = c;
	if (kl->kl_panicked || kl->kl_line_len < sizeof(PANIC_MARK) - 1)
		return;
	/* A time stamp in brackets may stand before it. */
	if (memcmp(kl->kl_line + kl->kl_line_len - (sizeof(PANIC_MARK) - 1), PANIC_MARK,
	    sizeof(PANIC_MARK) - 1) != 0)
		return;
	if (kl->kl_line_len > sizeof(PANIC_MARK) - 1 && kl->kl_line[0] != '[')
		return;
	kl->kl_panicked = true;
	kl->kl_panic_at = kl->kl_total - (sizeof(PANIC_MARK) - 1);
}

void
klog_take(struct klog *kl, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		take_byte(kl, text[i]);
	if (kl->kl_file >= 0 && write(kl->kl_file, text, len) != (ssize_t)len) {
		say_warning("the kernel log cannot be written any more: %s", strerror(errno));
		close(kl->kl_file);
		kl->kl_file = -1;
	}
}

static void
show_from(const struct klog *kl, uint64_t at)
{
	uint64_t oldest = kl->kl_total > RING_SIZE ? kl->kl_total - RING_SIZE : 0;

	if (at < oldest)
		at = oldest;
	while (at < kl->kl_total) {
		size_t start = at % RING_SIZE, run = RING_SIZE - start;

		if (run > kl->kl_total - at)
			run = kl->kl_total - at;
		say_text(kl->kl_ring + start, run);
		at += run;
	}
	if (kl->kl_total > 0 && kl->kl_ring[(kl->kl_total - 1) % RING_SIZE] != '\n')
		say_text("\n", 1);
}

void
klog_show_tail(const struct klog *kl, uint64_t before, unsigned int lines)
{
	uint64_t oldest = kl->kl_total > RING_SIZE ? kl->kl_total - RING_SIZE : 0;
	uint64_t at = before;

	while (at > oldest) {
		if (kl->kl_ring[(at - 1) % RING_SIZE] == '\n' && at != before &&
		    --lines == 0)
			break;
		at--;
	}
	show_from(kl, at);
}

void
klog_show_panic(const struct klog *kl)
{
	show_from(kl, kl->kl_panic_at);
}
