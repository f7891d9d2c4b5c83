/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BIDENT_AGENT_H
#define BIDENT_AGENT_H

/* What the files of the agent share. It is one process with one thread; nothing here is locked. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../kernel/lib/bident_proto.h"

/* port.c: frames to and from the host. */

struct port {
	int	 pt_fd;
	uint8_t	*pt_in;		/* what was read and is not yet a whole frame */
	size_t	 pt_in_len;
	size_t	 pt_in_size;
	size_t	 pt_taken;	/* of pt_in: the frame handed out last */
	uint8_t	*pt_out;	/* what is not yet written */
	size_t	 pt_out_len;
	size_t	 pt_out_size;
};

struct frame {
	uint32_t	 fr_type;
	uint32_t	 fr_stream;
	uint32_t	 fr_len;
	const uint8_t	*fr_data;	/* valid until the next port_next_frame() */
};

/* Makes the port ready for use on an open descriptor, which becomes non-blocking. */
void	port_init(struct port *, int fd);

/* Reads what is there. False when the host has gone. */
bool	port_fill(struct port *);

/* Takes the next whole frame, if there is one. A frame against the rules ends the agent. */
bool	port_next_frame(struct port *, struct frame *);

/* Waits for the next frame. False when the host has gone. */
bool	port_wait_frame(struct port *, struct frame *);

/* How many bytes of payload a frame may have now so that it fits into the buffer. */
size_t	port_room(const struct port *);

/* Where the payload of the next frame belongs: room for port_room() bytes. */
uint8_t	*port_payload(struct port *);

/* Queues a frame; data may be null if the payload stands at port_payload() already. */
void	port_put(struct port *, enum bident_msg, uint32_t stream, const void *data, size_t len);

/* The same for a payload of numbers. */
void	port_put32(struct port *, enum bident_msg, uint32_t stream, uint32_t value);

/* Writes what the port takes now. False when the host has gone. */
bool	port_flush(struct port *);

/* Writes all, however long it takes. False when the host has gone. */
bool	port_flush_all(struct port *);

/* spawn.c: the command's process. */

struct request {
	struct bident_exec	 rq_exec;	/* in host byte order, checked */
	char			*rq_cwd;
	char			**rq_argv;	/* ended by null, at least one */
	char			**rq_envp;	/* ended by null */
	char			**rq_failv;	/* ended by null */
};

struct child {
	pid_t	 ch_pid;
	int	 ch_in;		/* our ends, non-blocking; -1: there is no such pipe */
	int	 ch_out;
	int	 ch_err;
	int	 ch_tty;	/* the terminal's master side, or -1 */
};

/* Reads an EXEC frame. False if it is malformed. The memory is never freed: one request is all. */
bool	request_parse(struct request *, const struct frame *);

/*
 * Starts the command. False: it does not run, *status is the exit status for that (125, 126, 127)
 * and text says why in at most size bytes.
 */
bool	child_start(struct child *, const struct request *, int *status, char *text, size_t size);

/* Sets the size of the command's terminal, if it has one. */
void	child_set_size(const struct child *, const uint16_t size[4]);

/*
 * Sends a signal to the foreground process group, or to the command's own group without a
 * terminal.
 */
void	child_signal(const struct child *, int signo);

/* relay.c */

/* Carries bytes between host and command until the command has ended and the host has it all. */
void	relay_run(struct port *, struct child *, int sigchld_fd);

/* init.c */

/* Says something on the console (the kernel's log). */
void	agent_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Says why the session cannot go on, and powers off. */
_Noreturn void agent_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* BIDENT_AGENT_H */
