/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal as its own files see it: tty.c (life, files, job control, ioctl), ldisc.c (line
 * discipline), pty.c.
 */
#ifndef FILE_TTY_INT_H
#define FILE_TTY_INT_H

#include "file/poll.h"
#include "file/tty.h"
#include "sync/cv.h"

/* The signals that a terminal sends, by the core's numbers (this room lies below signal). */
enum { TSIG_HUP = 1, TSIG_INT = 2, TSIG_QUIT = 3, TSIG_CONT = 18, TSIG_TSTP = 20, TSIG_TTIN = 21,
    TSIG_TTOU = 22, TSIG_WINCH = 28 };

/* termios: Linux's layout and numbers. */
#define TTY_NCC		19

struct tty_termios {
	uint32_t	 c_iflag, c_oflag, c_cflag, c_lflag;
	uint8_t		 c_line;
	uint8_t		 c_cc[TTY_NCC];
	uint32_t	 c_ispeed, c_ospeed;	/* only termios2 has these */
};
#define TERMIOS_SIZE	36u	/* bytes, without the speeds */
#define TERMIOS2_SIZE	44u
STATIC_ASSERT(sizeof(struct tty_termios) == TERMIOS2_SIZE);

struct tty_winsize {
	uint16_t	 ws_row, ws_col, ws_xpixel, ws_ypixel;
};

enum { VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSWTC, VSTART, VSTOP, VSUSP, VEOL, VREPRINT,
    VDISCARD, VWERASE,
	VLNEXT, VEOL2 };

#define ISTRIP		0000040u
#define INLCR		0000100u
#define IGNCR		0000200u
#define ICRNL		0000400u
#define IUCLC		0001000u
#define IXON		0002000u
#define IXANY		0004000u
#define IMAXBEL		0020000u
#define IUTF8		0040000u

#define OPOST		0000001u
#define OLCUC		0000002u
#define ONLCR		0000004u
#define OCRNL		0000010u
#define ONOCR		0000020u
#define ONLRET		0000040u
#define TABDLY		0014000u	/* all bits: tabs become spaces */

#define B38400		0000017u
#define CS8		0000060u
#define CREAD		0000200u
#define HUPCL		0002000u

#define ISIG		0000001u
#define ICANON		0000002u
#define ECHO		0000010u
#define ECHOE		0000020u
#define ECHOK		0000040u
#define ECHONL		0000100u
#define NOFLSH		0000200u
#define TOSTOP		0000400u
#define ECHOCTL		0001000u
#define ECHOPRT		0002000u
#define ECHOKE		0004000u
#define IEXTEN		0100000u
#define EXTPROC		0200000u

#define TTY_IN_SIZE	4096u	/* characters; a power of two */
#define TTY_OUT_SIZE	16384u	/* bytes; a power of two */
#define TTY_OUT_RESERVE	4096u	/* of these, for echo only */

/* An input character: its byte, and what the line discipline noted. */
#define IN_CHAR		0x00ffu
#define IN_END		0x0100u	/* ends a line */
#define IN_EOF		0x0200u	/* is no character: end of file */

#define DIRTY_INPUT	0x1u	/* readers of the terminal have something new */
#define DIRTY_OUTPUT	0x2u	/* the line has something to take */
#define DIRTY_OUTROOM	0x4u	/* writers of the terminal can go on */
#define DIRTY_INROOM	0x8u	/* the line can put more in */

/*
 * struct tty.	T t_lock   A atomic   C constant   L pty.c's table lock
 */
struct tty {
	refcount_t	 t_refs;	/* A  files and the session */
	struct mutex	 t_lock;
	dev_t		 t_dev;		/* C */
	int		 t_index;	/* C  of a pty; -1: the console */
	struct tty_termios t_ios;	/* T */
	struct tty_winsize t_ws;	/* T */
	pid_t		 t_sid;		/* T  session whose controlling terminal it is, or 0 */
	pid_t		 t_pgid;	/* T  foreground group, or 0 */
	/*
	 * Input: characters [t_tail, t_head) modulo the size; those before t_canon are whole
	 * lines.
	 */
	uint16_t	*t_in;		/* T  own */
	uint32_t	 t_head, t_canon, t_tail;	/* T */
	bool		 t_lnext;	/* T  the next character is taken as it is */
	bool		 t_stopped;	/* T  output, by ^S */
	/* Output: bytes [t_otail, t_ohead). */
	uint8_t		*t_out;		/* T  own */
	uint32_t	 t_ohead, t_otail;	/* T */
	uint32_t	 t_column;	/* T  of the cursor */
	uint32_t	 t_line_column;	/* T  where the line that is being typed began */
	uint32_t	 t_dirty;	/* T  whom tty_kick has to wake */
	struct cv	 t_incv;	/*    readers of the terminal */
	struct cv	 t_outcv;	/*    writers of the terminal */
	struct cv	 t_mincv;	/*    readers of the master */
	struct cv	 t_moutcv;	/*    writers of the master */
	struct poll_head t_poll;
	struct poll_head t_mpoll;
	uint32_t	 t_opens;	/* T  open files of the terminal (the slave) */
	bool		 t_opened;	/* T  there was one */
	bool		 t_locked;	/* T  a slave that TIOCSPTLCK has not freed yet */
	bool		 t_hungup;	/* T  the master is gone */
};

#define ASSERT_TTY_HELD(t)	KASSERT(mutex_held(&(t)->t_lock))

static inline uint32_t
tty_in_used(const struct tty *t)
{
	return t->t_head - t->t_tail;
}

static inline uint32_t
tty_out_used(const struct tty *t)
{
	return t->t_ohead - t->t_otail;
}

/* tty.c */
struct tty *tty_alloc(int index, dev_t dev);
void	tty_free(struct tty *);
/* Wakes whom t_dirty names, and hands the console's output out. */
void	tty_kick_locked(struct tty *);
/* Binds a file to t (as terminal, not master); takes over the caller's hold when it succeeds. */
int	tty_open_file(struct tty *, struct file *);
/* What terminal and master have in common. master: no job control. */
int	tty_ioctl_common(struct tty *, bool master, uint32_t cmd, vaddr_t arg);
/* SIGHUP and SIGCONT for the session; it loses the terminal. */
void	tty_disassociate_locked(struct tty *);
void	tty_flush_input_locked(struct tty *);
void	tty_flush_output_locked(struct tty *);

/* ldisc.c: all with t_lock held; they set t_dirty and do not wake. */
void	ldisc_reset(struct tty *);
/* Whether one more character can be put in (room for it and its echo). */
bool	ldisc_can_input(const struct tty *);
void	ldisc_input(struct tty *, uint8_t c);
/* How many bytes a writer may give to ldisc_output now. */
size_t	ldisc_output_room(const struct tty *);
void	ldisc_output(struct tty *, const uint8_t *, size_t n);
/* Characters that a reader may have now. */
bool	ldisc_readable(const struct tty *, uint32_t min);
/*
 * Takes at most n of them; canonical: at most to the end of the line. *end: stop here (end of
 * line or of file).
 */
size_t	ldisc_take(struct tty *, uint8_t *buf, size_t n, bool *end);
void	ldisc_set_termios(struct tty *, const struct tty_termios *);
/* FIONREAD. */
uint32_t ldisc_count(const struct tty *);
void	ldisc_start(struct tty *);

/* pty.c */
void	pty_init(void);
/* t is going: its number is free. */
void	pty_release_index(int index);

#endif
