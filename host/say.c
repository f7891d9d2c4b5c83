/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages to the user.
 *
 * All of them go to standard error and start with the command's name, so that they can be told from
 * the guest's own output. While the terminal is in raw mode a line feed alone would not return to
 * the first column; say_text() puts a carriage return before it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bident.h"

bool	say_verbose;

static void
write_all(const char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(STDERR_FILENO, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}

void
say_text(const char *text, size_t len)
{
	const char *lf;

	while (tty_is_raw() && (lf = memchr(text, '\n', len)) != NULL) {
		write_all(text, (size_t)(lf - text));
		write_all("\r\n", 2);
		len -= (size_t)(lf + 1 - text);
		text = lf + 1;
	}
	write_all(text, len);
}

static void __attribute__((format(printf, 2, 0)))
say(const char *kind, const char *fmt, va_list ap)
{
	char *text, *line;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	if (asprintf(&line, "bident: %s%s\n", kind, text) >= 0) {
		say_text(line, strlen(line));
		free(line);
	}
	free(text);
}

void
say_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void
say_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("warning: ", fmt, ap);
	va_end(ap);
}

void
say_note(const char *fmt, ...)
{
	va_list ap;

	if (!say_verbose)
		return;
	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void
die(const char *fmt, ...)
{
	va_list ap;

	tty_restore();
	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
	exit(STATUS_TROUBLE);
}

void *
xalloc(void *old, size_t size)
{
	void *p = realloc(old, size != 0 ? size : 1);

	if (p == NULL)
		die("out of memory");
	return p;
}

char *
xprintf(const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("out of memory");
	return text;
}

int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
