/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line discipline: what happens to characters between a line and a program.
 *
 * Input is one ring of characters with marks. t_tail is what the program reads next, t_head where
 * the line puts the next one, t_canon the end of the last whole line. In canonical mode the
 * program gets the characters before t_canon, line by line, and those after it can still be
 * erased. Without ICANON the program gets everything up to t_head, and t_canon only has to lie
 * within. The end-of-file character is kept as a mark that ends a line and has no character.
 * Changing the mode makes whatever is there readable.
 *
 * Room. The program on the line is held back (ldisc_can_input) when the ring is full, but in
 * canonical mode never as long as no whole line waits: then characters are dropped and only one
 * that ends the line, or erases, has an effect. Else a line longer than the ring would stop the
 * terminal for ever. Echo goes to the output ring; a quarter of it is kept free of the program's
 * output, and input waits while less than that is left, so echo is never lost by a slow reader
 * (only redrawing a very long line may be cut).
 *
 * Output processing is the usual (OPOST with its newline and tab rules). The column of the cursor
 * is followed so that erasing a tab or a control character takes the right number of columns.
 * UTF-8 continuation bytes have no width; wide characters count 1.
 *
 * Everything here runs with t_lock held; t_dirty notes whom to wake.
 */
#include "file/tty_int.h"

#define IN_MASK		(TTY_IN_SIZE - 1)
#define OUT_MASK	(TTY_OUT_SIZE - 1)
#define ECHO_MARGIN	256u	/* bytes of room for what one character may echo */

static const uint8_t default_cc[TTY_NCC] = {
	[VINTR] = 3, [VQUIT] = 28, [VERASE] = 127, [VKILL] = 21, [VEOF] = 4, [VTIME] = 0,
	    [VMIN] = 1, [VSTART] = 17, [VSTOP] = 19,
	[VSUSP] = 26, [VREPRINT] = 18, [VDISCARD] = 15, [VWERASE] = 23, [VLNEXT] = 22,
};

void
ldisc_reset(struct tty *t)
{
	t->t_ios = (struct tty_termios){
		.c_iflag = ICRNL | IXON,
		.c_oflag = OPOST | ONLCR,
		.c_cflag = B38400 | CS8 | CREAD,
		.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
		.c_ispeed = 38400,
		.c_ospeed = 38400,
	};
	memcpy(t->t_ios.c_cc, default_cc, sizeof(default_cc));
}

static inline bool
lflag(const struct tty *t, uint32_t bits)
{
	return (t->t_ios.c_lflag & bits) != 0;
}

/* Whether c is the special character number i; 0 switches one off. */
static inline bool
is_cc(const struct tty *t, uint8_t c, int i)
{
	return c != 0 && t->t_ios.c_cc[i] == c;
}

/* ---- output ---- */

static void
out_byte(struct tty *t, uint8_t c)
{
	if (tty_out_used(t) >= TTY_OUT_SIZE)
		return;
	t->t_out[t->t_ohead++ & OUT_MASK] = c;
	t->t_dirty |= DIRTY_OUTPUT;
}

static void
out_tab(struct tty *t)
{
	uint32_t n = 8 - t->t_column % 8;

	t->t_column += n;
	if ((t->t_ios.c_oflag & TABDLY) != TABDLY) {
		out_byte(t, '\t');
		return;
	}
	while (n-- > 0)
		out_byte(t, ' ');
}

static void
out_newline(struct tty *t)
{
	if ((t->t_ios.c_oflag & ONLCR) != 0)
		out_byte(t, '\r');
	if ((t->t_ios.c_oflag & (ONLCR | ONLRET)) != 0)
		t->t_column = 0;
	out_byte(t, '\n');
}

static void
out_return(struct tty *t)
{
	if ((t->t_ios.c_oflag & ONOCR) != 0 && t->t_column == 0)
		return;
	if ((t->t_ios.c_oflag & OCRNL) != 0) {
		out_newline(t);
		return;
	}
	t->t_column = 0;
	out_byte(t, '\r');
}

/* One character with output processing. */
static void
out_char(struct tty *t, uint8_t c)
{
	if ((t->t_ios.c_oflag & OPOST) == 0) {
		out_byte(t, c);
		return;
	}
	switch (c) {
	case '\n':
		out_newline(t);
		break;
	case '\r':
		out_return(t);
		break;
	case '\t':
		out_tab(t);
		break;
	case '\b':
		if (t->t_column > 0)
			t->t_column--;
		out_byte(t, c);
		break;
	default:
		if ((t->t_ios.c_oflag & OLCUC) != 0 && c >= 'a' && c <= 'z')
			c -= 'a' - 'A';
		if (c >= ' ' && c != 127 && (c & 0xc0) != 0x80)
			t->t_column++;
		out_byte(t, c);
	}
}

/* Output bytes that one byte of a program may become. */
static uint32_t
out_factor(const struct tty *t)
{
	if ((t->t_ios.c_oflag & OPOST) == 0)
		return 1;
	return (t->t_ios.c_oflag & TABDLY) == TABDLY ? 8 : 2;
}

size_t
ldisc_output_room(const struct tty *t)
{
	uint32_t used = tty_out_used(t) + TTY_OUT_RESERVE;

	if (t->t_stopped || used >= TTY_OUT_SIZE)
		return 0;
	return (TTY_OUT_SIZE - used) / out_factor(t);
}

void
ldisc_output(struct tty *t, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out_char(t, p[i]);
	t->t_line_column = t->t_column;
}

/* ---- echo ---- */

static bool
is_control(uint8_t c)
{
	return c < ' ' || c == 127;
}

/* A character as it is shown: ^X for controls, if so wanted. */
static void
show_char(struct tty *t, uint8_t c)
{
	if (is_control(c) && c != '\t' && lflag(t, ECHOCTL)) {
		out_char(t, '^');
		out_char(t, c ^ 0x40);
	} else {
		out_char(t, c);
	}
}

static void
echo_char(struct tty *t, uint8_t c)
{
	if (!lflag(t, ECHO))
		return;
	if (c == '\n')
		out_char(t, c);
	else
		show_char(t, c);
}

/* Columns from the line's start to character `end` of it. */
static uint32_t
column_at(const struct tty *t, uint32_t end)
{
	uint32_t col = t->t_line_column;

	for (uint32_t i = t->t_canon; i != end; i++) {
		uint8_t c = (uint8_t)t->t_in[i & IN_MASK];

		if (c == '\t')
			col += 8 - col % 8;
		else if (is_control(c))
			col += lflag(t, ECHOCTL) ? 2 : 0;
		else if ((c & 0xc0) != 0x80)
			col++;
	}
	return col;
}

/* ---- editing of the line that is being typed ---- */

/* Takes the last character away, with its UTF-8 continuation bytes. Returns its first byte. */
static uint8_t
pop_char(struct tty *t)
{
	uint8_t c;

	do {
		t->t_head--;
		c = (uint8_t)t->t_in[t->t_head & IN_MASK];
	} while ((t->t_ios.c_iflag & IUTF8) != 0 && (c & 0xc0) == 0x80 && t->t_head != t->t_canon);
	return c;
}

/* The cursor goes back over columns, which become blank. */
static void
rub_out(struct tty *t, uint32_t columns, bool tab)
{
	while (columns-- > 0) {
		out_char(t, '\b');
		if (tab)
			continue;
		out_char(t, ' ');
		out_char(t, '\b');
	}
}

static uint8_t
erase_one(struct tty *t, uint8_t key)
{
	uint32_t before = column_at(t, t->t_head), after;
	uint8_t c = pop_char(t);

	if (!lflag(t, ECHO))
		return c;
	if (!lflag(t, ECHOE)) {
		echo_char(t, key);
		return c;
	}
	after = column_at(t, t->t_head);
	rub_out(t, before - after, c == '\t');
	return c;
}

static bool
is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    c == '_' || c >= 0x80;
}

static void
erase_word(struct tty *t, uint8_t key)
{
	bool in_word = false;

	while (t->t_head != t->t_canon) {
		uint8_t c = (uint8_t)t->t_in[(t->t_head - 1) & IN_MASK];

		if (is_word(c))
			in_word = true;
		else if (in_word)
			break;
		(void)erase_one(t, key);
	}
}

static void
erase_line(struct tty *t, uint8_t key)
{
	if (lflag(t, ECHO) && lflag(t, ECHOK) && lflag(t, ECHOKE) && lflag(t, ECHOE)) {
		while (t->t_head != t->t_canon)
			(void)erase_one(t, key);
		return;
	}
	t->t_head = t->t_canon;
	echo_char(t, key);
	if (lflag(t, ECHOK) && lflag(t, ECHO))
		out_char(t, '\n');
}

static void
reprint(struct tty *t, uint8_t key)
{
	echo_char(t, key);
	out_char(t, '\n');
	t->t_line_column = t->t_column;
	for (uint32_t i = t->t_canon; i != t->t_head; i++)
		echo_char(t, (uint8_t)t->t_in[i & IN_MASK]);
}

/* ---- input ---- */

bool
ldisc_can_input(const struct tty *t)
{
	if (TTY_OUT_SIZE - tty_out_used(t) < ECHO_MARGIN && (lflag(t, ECHO | ECHONL)))
		return false;
	if (tty_in_used(t) < TTY_IN_SIZE - 2)
		return true;
	return lflag(t, ICANON) && t->t_canon == t->t_tail;
}

static void
put(struct tty *t, uint16_t c)
{
	/* the end of a line always fits */
	uint32_t limit = (c & IN_END) != 0 ? TTY_IN_SIZE : TTY_IN_SIZE - 1;

	if (tty_in_used(t) >= limit) {
		if ((t->t_ios.c_iflag & IMAXBEL) != 0)
			out_byte(t, '\a');
		return;
	}
	t->t_in[t->t_head++ & IN_MASK] = c;
	if ((c & IN_END) != 0) {
		t->t_canon = t->t_head;
		t->t_line_column = t->t_column;
		t->t_dirty |= DIRTY_INPUT;
	} else if (!lflag(t, ICANON)) {
		t->t_dirty |= DIRTY_INPUT;
	}
}

void
ldisc_start(struct tty *t)
{
	if (!t->t_stopped)
		return;
	t->t_stopped = false;
	t->t_dirty |= DIRTY_OUTROOM;
}

/* ^S and ^Q. True when c was one. */
static bool
flow_char(struct tty *t, uint8_t c)
{
	if ((t->t_ios.c_iflag & IXON) == 0)
		return false;
	if (is_cc(t, c, VSTART)) {
		ldisc_start(t);
		return true;
	}
	if (is_cc(t, c, VSTOP)) {
		t->t_stopped = true;
		return true;
	}
	return false;
}

/* Characters that send a signal. True when c was one. */
static bool
signal_char(struct tty *t, uint8_t c)
{
	int signo;

	if (!lflag(t, ISIG))
		return false;
	if (is_cc(t, c, VINTR))
		signo = TSIG_INT;
	else if (is_cc(t, c, VQUIT))
		signo = TSIG_QUIT;
	else if (is_cc(t, c, VSUSP))
		signo = TSIG_TSTP;
	else
		return false;
	if (!lflag(t, NOFLSH)) {
		tty_flush_input_locked(t);
		tty_flush_output_locked(t);
	}
	ldisc_start(t);
	echo_char(t, c);
	t->t_line_column = t->t_column;
	if (t->t_pgid != 0)
		(void)jobctl_signal_pgrp(t->t_sid, t->t_pgid, signo);
	return true;
}

/* Characters that edit the line. True when c was one. */
static bool
edit_char(struct tty *t, uint8_t c)
{
	bool erase = is_cc(t, c, VERASE), kill = is_cc(t, c, VKILL);
	bool word = lflag(t, IEXTEN) && is_cc(t, c, VWERASE);

	if (erase || kill || word) {
		if (t->t_head == t->t_canon)
			return true;
		if (erase)
			(void)erase_one(t, c);
		else if (kill)
			erase_line(t, c);
		else
			erase_word(t, c);
		return true;
	}
	if (lflag(t, IEXTEN) && is_cc(t, c, VREPRINT) && lflag(t, ECHO)) {
		reprint(t, c);
		return true;
	}
	return false;
}

/* Canonical mode, after signals: true when c was taken. */
static bool
canon_char(struct tty *t, uint8_t c)
{
	if (edit_char(t, c))
		return true;
	if (c == '\n') {
		if (lflag(t, ECHO | ECHONL))
			out_char(t, '\n');
		put(t, '\n' | IN_END);
		return true;
	}
	if (is_cc(t, c, VEOF)) {
		put(t, IN_EOF | IN_END);
		return true;
	}
	if (is_cc(t, c, VEOL) || (lflag(t, IEXTEN) && is_cc(t, c, VEOL2))) {
		echo_char(t, c);
		put(t, c | IN_END);
		return true;
	}
	return false;
}

static void
input_lnext(struct tty *t)
{
	t->t_lnext = true;
	if (lflag(t, ECHO) && lflag(t, ECHOCTL)) {
		out_char(t, '^');
		out_char(t, '\b');
	}
}

void
ldisc_input(struct tty *t, uint8_t c)
{
	uint32_t iflag = t->t_ios.c_iflag;

	ASSERT_TTY_HELD(t);
	if ((iflag & ISTRIP) != 0)
		c &= 0x7f;
	if ((iflag & IUCLC) != 0 && lflag(t, IEXTEN) && c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if (t->t_lnext) {
		t->t_lnext = false;
		echo_char(t, c);
		put(t, c);
		return;
	}
	if (flow_char(t, c) || signal_char(t, c))
		return;
	if (t->t_stopped && (iflag & IXON) != 0 && (iflag & IXANY) != 0)
		ldisc_start(t);
	if (c == '\r') {
		if ((iflag & IGNCR) != 0)
			return;
		if ((iflag & ICRNL) != 0)
			c = '\n';
	} else if (c == '\n' && (iflag & INLCR) != 0) {
		c = '\r';
	}
	if (lflag(t, IEXTEN) && is_cc(t, c, VLNEXT)) {
		input_lnext(t);
		return;
	}
	if (lflag(t, ICANON) && canon_char(t, c))
		return;
	echo_char(t, c);
	put(t, c);
	if (!lflag(t, ICANON))
		t->t_line_column = t->t_column;
}

/* ---- reading ---- */

bool
ldisc_readable(const struct tty *t, uint32_t min)
{
	if (lflag(t, ICANON))
		return t->t_canon != t->t_tail;
	return tty_in_used(t) >= MAX(min, 1u);
}

static size_t
take_canon(struct tty *t, uint8_t *buf, size_t n, bool *end)
{
	size_t got = 0;

	while (!*end && t->t_tail != t->t_canon) {
		uint16_t c = t->t_in[t->t_tail & IN_MASK];

		if ((c & IN_EOF) == 0) {
			if (got == n)
				break;
			buf[got++] = (uint8_t)c;
		}
		t->t_tail++;
		*end = (c & IN_END) != 0;
	}
	return got;
}

size_t
ldisc_take(struct tty *t, uint8_t *buf, size_t n, bool *end)
{
	size_t got = 0;

	ASSERT_TTY_HELD(t);
	*end = false;
	if (tty_in_used(t) != 0)
		t->t_dirty |= DIRTY_INROOM;
	if (lflag(t, ICANON))
		return take_canon(t, buf, n, end);
	while (got < n && t->t_tail != t->t_head) {
		uint16_t c = t->t_in[t->t_tail & IN_MASK];

		if (t->t_canon == t->t_tail)
			t->t_canon++;
		t->t_tail++;
		if ((c & IN_EOF) == 0)
			buf[got++] = (uint8_t)c;
	}
	return got;
}

uint32_t
ldisc_count(const struct tty *t)
{
	uint32_t n = 0, end = lflag(t, ICANON) ? t->t_canon : t->t_head;

	for (uint32_t i = t->t_tail; i != end; i++)
		n += (t->t_in[i & IN_MASK] & IN_EOF) == 0;
	return n;
}

void
ldisc_set_termios(struct tty *t, const struct tty_termios *ios)
{
	bool was_canon = lflag(t, ICANON);

	ASSERT_TTY_HELD(t);
	t->t_ios = *ios;
	if (was_canon != lflag(t, ICANON) && tty_in_used(t) != 0) {
		/* What was typed so far is one line more, or plain characters. */
		if (!was_canon || t->t_canon != t->t_head) {
			t->t_in[(t->t_head - 1) & IN_MASK] |= IN_END;
			t->t_canon = t->t_head;
		}
		t->t_dirty |= DIRTY_INPUT | DIRTY_INROOM;
	}
	if ((ios->c_iflag & IXON) == 0)
		ldisc_start(t);
	t->t_dirty |= DIRTY_OUTROOM;
}
