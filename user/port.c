/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agent's end of the port (kernel/lib/bident_proto.h has the protocol).
 *
 * Two buffers. What is read gathers in pt_in until a frame is whole; it grows for the one long
 * frame, EXEC. What is to be written gathers in pt_out, whose size is fixed: whoever makes frames
 * that carry data asks port_room() first. Short frames have a reserve that port_room() leaves out;
 * the relay keeps their number below it (it sends one only when the one before has left).
 *
 * The descriptor is non-blocking throughout; only port_wait_frame() and port_flush_all() wait.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

#define IN_SIZE		(BIDENT_HEADER_SIZE + BIDENT_DATA_MAX)
#define RESERVE		4096u	/* for short frames */
#define OUT_SIZE	(BIDENT_HEADER_SIZE + BIDENT_DATA_MAX + RESERVE)

static void *
agent_alloc(void *old, size_t size)
{
	void *p = realloc(old, size);

	if (p == NULL)
		agent_die("no memory for %zu bytes", size);
	return p;
}

void
port_init(struct port *pt, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	memset(pt, 0, sizeof(*pt));
	pt->pt_fd = fd;
	pt->pt_in_size = IN_SIZE;
	pt->pt_in = agent_alloc(NULL, pt->pt_in_size);
	pt->pt_out_size = OUT_SIZE;
	pt->pt_out = agent_alloc(NULL, pt->pt_out_size);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		agent_die("the port cannot be made non-blocking: %s", strerror(errno));
}

bool
port_fill(struct port *pt)
{
	ssize_t n;

	while (pt->pt_in_len < pt->pt_in_size) {
		n = read(pt->pt_fd, pt->pt_in + pt->pt_in_len, pt->pt_in_size - pt->pt_in_len);
		if (n == 0)
			return false;
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return errno == EAGAIN;
		}
		pt->pt_in_len += (size_t)n;
	}
	return true;
}

/* Forgets the first len bytes. */
static void
drop_head(struct port *pt, size_t len)
{
	if (len == 0)
		return;
	pt->pt_in_len -= len;
	memmove(pt->pt_in, pt->pt_in + len, pt->pt_in_len);
}

bool
port_next_frame(struct port *pt, struct frame *fr)
{
	const uint8_t *p = pt->pt_in;
	size_t whole;

	drop_head(pt, pt->pt_taken);
	pt->pt_taken = 0;
	if (pt->pt_in_len < BIDENT_HEADER_SIZE)
		return false;
	fr->fr_type = bident_get16(p);
	fr->fr_stream = bident_get16(p + 2);
	fr->fr_len = bident_get32(p + 4);
	if (fr->fr_len > bident_payload_max(fr->fr_type) ||
	    fr->fr_len < bident_payload_min(fr->fr_type) || fr->fr_stream >= BIDENT_NSTREAMS)
		agent_die("bad frame from the host: type %u, stream %u, length %u",
		    fr->fr_type, fr->fr_stream, fr->fr_len);
	whole = BIDENT_HEADER_SIZE + fr->fr_len;
	if (pt->pt_in_size < whole) {
		pt->pt_in = agent_alloc(pt->pt_in, whole);
		pt->pt_in_size = whole;
	}
	if (pt->pt_in_len < whole)
		return false;
	fr->fr_data = pt->pt_in + BIDENT_HEADER_SIZE;
	pt->pt_taken = whole;
	return true;
}

static void
port_poll(struct port *pt, short events)
{
	struct pollfd pfd = { .fd = pt->pt_fd, .events = events };

	(void)poll(&pfd, 1, -1);
}

bool
port_wait_frame(struct port *pt, struct frame *fr)
{
	while (!port_next_frame(pt, fr)) {
		size_t before = pt->pt_in_len;

		if (!port_fill(pt))
			return false;
		if (pt->pt_in_len == before)
			port_poll(pt, POLLIN);
	}
	return true;
}

size_t
port_room(const struct port *pt)
{
	size_t used = pt->pt_out_len + BIDENT_HEADER_SIZE + RESERVE;

	return used < pt->pt_out_size ? pt->pt_out_size - used : 0;
}

uint8_t *
port_payload(struct port *pt)
{
	return pt->pt_out + pt->pt_out_len + BIDENT_HEADER_SIZE;
}

void
port_put(struct port *pt, enum bident_msg type, uint32_t stream, const void *data, size_t len)
{
	if (pt->pt_out_len + BIDENT_HEADER_SIZE + len > pt->pt_out_size)
		agent_die("a frame of type %d does not fit", (int)type);
	bident_put_header(pt->pt_out + pt->pt_out_len, type, stream, (uint32_t)len);
	if (data != NULL)
		memcpy(port_payload(pt), data, len);
	pt->pt_out_len += BIDENT_HEADER_SIZE + len;
}

void
port_put32(struct port *pt, enum bident_msg type, uint32_t stream, uint32_t value)
{
	uint8_t b[4];

	bident_put32(b, value);
	port_put(pt, type, stream, b, sizeof(b));
}

bool
port_flush(struct port *pt)
{
	size_t done = 0;
	ssize_t n;
	bool alive = true;

	while (done < pt->pt_out_len) {
		n = write(pt->pt_fd, pt->pt_out + done, pt->pt_out_len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			alive = n == 0 || errno == EAGAIN;
			break;
		}
		done += (size_t)n;
	}
	pt->pt_out_len -= done;
	memmove(pt->pt_out, pt->pt_out + done, pt->pt_out_len);
	return alive;
}

bool
port_flush_all(struct port *pt)
{
	for (;;) {
		if (!port_flush(pt))
			return false;
		if (pt->pt_out_len == 0)
			return true;
		port_poll(pt, POLLOUT);
	}
}
