/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BIDENT_PROTO_H
#define BIDENT_PROTO_H

/*
 * What the host command and the agent in the guest say to each other.
 *
 * The carrier is one virtio-serial port named BIDENT_PORT_NAME: a byte stream in each direction
 * that loses nothing and knows no message borders. Over it run frames: a header of eight bytes
 * (type, stream, length of the payload) and the payload. All numbers are little endian.
 *
 *	host                               agent
 *	HELLO, EXEC  ------------------->  (waits in the port until the agent opens it)
 *	             <-------------------  HELLO
 *	             <-------------------  STARTED                (or ERROR, or EXIT)
 *	DATA, EOF, WINSIZE, SIGNAL <---->  DATA, EOF
 *	CREDIT, CLOSED             <---->  CREDIT, CLOSED
 *	             <-------------------  EXIT or ERROR          (after the last DATA)
 *	BYE          ------------------->                         (the agent powers off)
 *
 * Flow control. For each stream and direction the sender starts with BIDENT_WINDOW bytes of credit;
 * a DATA frame uses up as many as it carries; the receiver gives them back by CREDIT when it has
 * passed the bytes on. So the receiver can always store what arrives, always reads the port, and a
 * slow reader of one stream never holds up another one. No other frame needs credit: each kind is
 * bounded by the number of streams, or by how fast a user can press keys and resize windows.
 *
 * End. The agent sends EXIT after all output of the command, and powers off only after BYE: nothing
 * can be lost in the pipes between the two. EXIT is honoured by the host when the output before it
 * has been written.
 *
 * A frame that breaks these rules (unknown type, too long, more data than credit) is a bug or an
 * attack: the receiver ends the session and says why. The host trusts the guest with nothing.
 */

#include <stdint.h>

#define BIDENT_PORT_NAME	"bident.0"

#define BIDENT_PROTO_MAGIC	0x746e6442u	/* "Bdnt" */
#define BIDENT_PROTO_VERSION	2u

#define BIDENT_HEADER_SIZE	8u
#define BIDENT_DATA_MAX		32768u		/* payload of a DATA frame, bytes */
#define BIDENT_TEXT_MAX		1024u		/* text of an ERROR, bytes */
#define BIDENT_WINDOW		65536u		/* first credit of each stream and direction,
						 * bytes */
#define BIDENT_EXEC_MAX		(16u << 20)	/* payload of EXEC, bytes */

enum bident_msg {
	/* Either way. */
	BIDENT_MSG_HELLO = 1,	/* u32 magic, u32 version */
	BIDENT_MSG_DATA = 2,	/* bytes of the stream */
	BIDENT_MSG_EOF = 3,	/* no more DATA on this stream from me */
	BIDENT_MSG_CREDIT = 4,	/* u32 bytes: so many more may be sent on this stream */
	BIDENT_MSG_CLOSED = 5,	/* nobody reads this stream here: send no more */

	/* Host to agent. */
	BIDENT_MSG_EXEC = 16,	/* struct bident_exec and its strings */
	BIDENT_MSG_WINSIZE = 17,/* u16 rows, columns, pixels across, pixels down */
	BIDENT_MSG_SIGNAL = 18,	/* u32 number (Linux's): to the foreground process group */
	BIDENT_MSG_BYE = 19,	/* EXIT or ERROR was seen */

	/* Agent to host. */
	BIDENT_MSG_STARTED = 32,/* u32 process number of the command */
	BIDENT_MSG_EXIT = 33,	/* u32 kind (enum bident_exit_kind), u32 value */
	BIDENT_MSG_ERROR = 34,	/* u32 exit status (125, 126, 127), text: it was not run */
};

enum bident_stream {
	BIDENT_STREAM_IN = 0,	/* to the command's standard input, a pipe */
	BIDENT_STREAM_OUT = 1,	/* from its standard output, a pipe */
	BIDENT_STREAM_ERR = 2,	/* from its standard error, a pipe */
	BIDENT_STREAM_TTY = 3,	/* its terminal: both ways */
	BIDENT_NSTREAMS = 4
};

enum bident_exit_kind {
	BIDENT_EXIT_CODE = 0,	/* the value is what it gave to exit(2) */
	BIDENT_EXIT_SIGNAL = 1,	/* the value is the signal that ended it */
};

/*
 * EXEC: this structure, then 1 + x_argc + x_envc + x_failc strings, each ended by a zero byte: the
 * working folder, the arguments, the environment, the failures on purpose (lines for
 * /proc/bident/fail without a scope: it is the command's process tree). x_argc is at least 1.
 */
struct bident_exec {
	uint32_t x_flags;	/* BIDENT_EXEC_* */
	uint16_t x_rows;	/* size of the terminal, 0 if not known */
	uint16_t x_cols;
	uint16_t x_xpixels;
	uint16_t x_ypixels;
	uint32_t x_argc;
	uint32_t x_envc;
	uint32_t x_failc;
};

#define BIDENT_EXEC_TTY_IN	0x1u	/* standard input is the terminal, not a pipe */
#define BIDENT_EXEC_TTY_OUT	0x2u	/* the same for standard output */
#define BIDENT_EXEC_TTY_ERR	0x4u	/* the same for standard error */
#define BIDENT_EXEC_TTY_NOPOST	0x8u	/* the terminal passes output on as it is (no CR before
					 * LF) */

static inline uint16_t
bident_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t
bident_get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void
bident_put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void
bident_put32(uint8_t *p, uint32_t v)
{
	bident_put16(p, v);
	bident_put16(p + 2, v >> 16);
}

/* Writes a frame's header of BIDENT_HEADER_SIZE bytes. */
static inline void
bident_put_header(uint8_t *p, enum bident_msg type, uint32_t stream, uint32_t len)
{
	bident_put16(p, (uint32_t)type);
	bident_put16(p + 2, stream);
	bident_put32(p + 4, len);
}

/* The longest payload that a frame of this type may have; 0 also for an unknown type. */
static inline uint32_t
bident_payload_max(uint32_t type)
{
	switch (type) {
	case BIDENT_MSG_DATA:
		return BIDENT_DATA_MAX;
	case BIDENT_MSG_EXEC:
		return BIDENT_EXEC_MAX;
	case BIDENT_MSG_ERROR:
		return 4 + BIDENT_TEXT_MAX;
	case BIDENT_MSG_HELLO:
	case BIDENT_MSG_WINSIZE:
	case BIDENT_MSG_EXIT:
		return 8;
	case BIDENT_MSG_CREDIT:
	case BIDENT_MSG_SIGNAL:
	case BIDENT_MSG_STARTED:
		return 4;
	default:
		return 0;
	}
}

/* The shortest one. */
static inline uint32_t
bident_payload_min(uint32_t type)
{
	switch (type) {
	case BIDENT_MSG_EXEC:
		return (uint32_t)sizeof(struct bident_exec) + 2;
	case BIDENT_MSG_ERROR:
		return 4;
	case BIDENT_MSG_DATA:
		return 1;
	default:
		return bident_payload_max(type);
	}
}

#endif /* BIDENT_PROTO_H */
