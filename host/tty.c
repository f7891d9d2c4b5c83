/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user's terminal.
 *
 * In raw mode every key goes to the guest, whose own terminal makes lines, echo and signals of
 * them. The settings from before are put back when bident ends, however it ends: by exit(3), by a
 * signal that it handles, or while it is stopped. Only SIGKILL leaves the terminal raw.
 */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "bident.h"

static int		raw_fd = -1;
static bool		registered;
static struct termios	saved;

bool
tty_make_raw(int fd)
{
	struct termios raw;

	if (raw_fd >= 0)
		return true;
	if (tcgetattr(fd, &saved) != 0)
		return false;
	if (!registered && atexit(tty_restore) != 0)
		return false;
	registered = true;
	raw = saved;
	cfmakeraw(&raw);
	raw_fd = fd;
	if (tcsetattr(fd, TCSADRAIN, &raw) != 0)
		raw_fd = -1;
	return raw_fd >= 0;
}

void
tty_restore(void)
{
	/* In the background it is another's by now, and touching it would stop us. */
	if (raw_fd >= 0 && tcgetpgrp(raw_fd) == getpgrp())
		(void)tcsetattr(raw_fd, TCSADRAIN, &saved);
	raw_fd = -1;
}

bool
tty_is_raw(void)
{
	return raw_fd >= 0;
}

void
tty_get_size(int fd, uint16_t size[4])
{
	struct winsize ws = { 0 };

	(void)ioctl(fd, TIOCGWINSZ, &ws);
	size[0] = ws.ws_row;
	size[1] = ws.ws_col;
	size[2] = ws.ws_xpixel;
	size[3] = ws.ws_ypixel;
}
