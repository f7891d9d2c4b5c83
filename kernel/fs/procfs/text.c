/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts that grow while they are written. */
#include "fs/procfs/procfs_int.h"

#include "mem/cache.h"

#define TEXT_FIRST	1024u
#define TEXT_MAX	(4u << 20)	/* what kmalloc gives at most */

void
text_init(struct text *t)
{
	memset(t, 0, sizeof(*t));
}

void
text_fini(struct text *t)
{
	kfree(t->t_buf);
	text_init(t);
}

char *
text_reserve(struct text *t, size_t n)
{
	size_t size = MAX(t->t_size, (size_t)TEXT_FIRST);
	char *buf;

	if (t->t_error != 0)
		return NULL;
	while (size - t->t_len < n && size < TEXT_MAX)
		size *= 2;
	if (size - t->t_len < n) {
		t->t_error = ENOMEM;
		return NULL;
	}
	if (size > t->t_size) {
		if ((buf = kmalloc(size)) == NULL) {
			t->t_error = ENOMEM;
			return NULL;
		}
		if (t->t_len > 0)
			memcpy(buf, t->t_buf, t->t_len);
		kfree(t->t_buf);
		t->t_buf = buf;
		t->t_size = size;
	}
	return t->t_buf + t->t_len;
}

void
text_append(struct text *t, const void *p, size_t n)
{
	char *at = text_reserve(t, n);

	if (at != NULL) {
		memcpy(at, p, n);
		t->t_len += n;
	}
}

void
text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	char *at;
	int n;

	for (size_t want = 256;; want = (size_t)n + 1) {
		if ((at = text_reserve(t, want)) == NULL)
			return;
		va_start(ap, fmt);
		n = kvsnprintf(at, t->t_size - t->t_len, fmt, ap);
		va_end(ap);
		if ((size_t)n < t->t_size - t->t_len)
			break;
	}
	t->t_len += (size_t)n;
}
