/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user/port.c and user/spawn.c: frames that come in pieces, requests that are malformed. What the
 * host says is checked as if it were hostile, although it is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../../user/agent.h"

/* What a request holds lives as long as the process: that is no leak. */
const char	*__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

static jmp_buf	died;

void
agent_die(const char *fmt, ...)
{
	(void)fmt;
	longjmp(died, 1);
}

void
agent_say(const char *fmt, ...)
{
	(void)fmt;
}

static void
port_open(struct port *pt, int *other)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	port_init(pt, fd[0]);
	*other = fd[1];
}

static void
port_close(struct port *pt, int other)
{
	close(pt->pt_fd);
	close(other);
	free(pt->pt_in);
	free(pt->pt_out);
}

/* Two frames, one byte at a time: each appears when its last byte has come. */
static void
test_pieces(void **state)
{
	uint8_t bytes[2 * BIDENT_HEADER_SIZE + 5 + 4];
	struct port pt;
	struct frame fr;
	unsigned int i, frames = 0;
	int other;

	(void)state;
	bident_put_header(bytes, BIDENT_MSG_DATA, BIDENT_STREAM_IN, 5);
	memcpy(bytes + 8, "hello", 5);
	bident_put_header(bytes + 13, BIDENT_MSG_SIGNAL, 0, 4);
	bident_put32(bytes + 21, 15);
	port_open(&pt, &other);
	for (i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(write(other, bytes + i, 1), 1);
		assert_true(port_fill(&pt));
		while (port_next_frame(&pt, &fr)) {
			assert_true(i == 12 || i == 24);
			if (frames++ == 0) {
				assert_int_equal(fr.fr_type, BIDENT_MSG_DATA);
				assert_memory_equal(fr.fr_data, "hello", 5);
			} else {
				assert_int_equal(fr.fr_type, BIDENT_MSG_SIGNAL);
				assert_int_equal(bident_get32(fr.fr_data), 15);
			}
		}
	}
	assert_int_equal(frames, 2);
	close(other);
	other = dup(0);
	assert_false(port_fill(&pt));
	port_close(&pt, other);
}

/* Headers that no host sends. */
static void
test_bad_headers(void **state)
{
	static const struct {
		uint32_t	type, stream, len;
	} bad[] = {
		{ 0, 0, 1 }, { 9999, 0, 1 }, { BIDENT_MSG_DATA, 0, BIDENT_DATA_MAX + 1 },
		{ BIDENT_MSG_DATA, 0, 0 }, { BIDENT_MSG_DATA, 4, 1 }, { BIDENT_MSG_EOF, 0, 1 },
		{ BIDENT_MSG_EXEC, 0, BIDENT_EXEC_MAX + 1 }, { BIDENT_MSG_EXEC, 0, 4 },
		{ BIDENT_MSG_CREDIT, 0, 3 }, { BIDENT_MSG_WINSIZE, 0, 7 },
		{ BIDENT_MSG_DATA, 0, UINT32_MAX }, { BIDENT_MSG_HELLO, 0, 0 }
	};
	volatile size_t i;
	volatile unsigned int deaths = 0;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t header[BIDENT_HEADER_SIZE];
		struct port pt;
		struct frame fr;
		int other;

		port_open(&pt, &other);
		bident_put_header(header, bad[i].type, bad[i].stream, bad[i].len);
		assert_int_equal(write(other, header, sizeof(header)), sizeof(header));
		assert_true(port_fill(&pt));
		if (setjmp(died) == 0)
			(void)port_next_frame(&pt, &fr);
		else
			deaths++;
		port_close(&pt, other);
	}
	assert_int_equal(deaths, sizeof(bad) / sizeof(bad[0]));
}

/* The room for data leaves room for short frames, and what is put comes out. */
static void
test_room(void **state)
{
	struct port pt;
	static uint8_t got[BIDENT_HEADER_SIZE + BIDENT_DATA_MAX];
	size_t room, n = 0;
	int other, i;

	(void)state;
	port_open(&pt, &other);
	room = port_room(&pt);
	assert_int_equal(room, BIDENT_DATA_MAX);
	memset(port_payload(&pt), 'x', room);
	port_put(&pt, BIDENT_MSG_DATA, BIDENT_STREAM_OUT, NULL, room);
	assert_int_equal(port_room(&pt), 0);
	for (i = 0; i < 16; i++)
		port_put32(&pt, BIDENT_MSG_CREDIT, 0, 1);
	while (n < sizeof(got)) {
		ssize_t r;

		assert_true(port_flush(&pt));
		r = read(other, got + n, sizeof(got) - n);
		assert_true(r > 0);
		n += (size_t)r;
	}
	assert_int_equal(bident_get16(got), BIDENT_MSG_DATA);
	assert_int_equal(bident_get32(got + 4), room);
	assert_int_equal(got[8], 'x');
	assert_int_equal(got[sizeof(got) - 1], 'x');
	port_close(&pt, other);
}

static bool
parse(const void *strings, size_t len, uint32_t argc, uint32_t envc, uint32_t failc,
    struct request *rq)
{
	static uint8_t bytes[1024];
	struct bident_exec x = { .x_argc = argc, .x_envc = envc, .x_failc = failc };
	struct frame fr = { .fr_type = BIDENT_MSG_EXEC, .fr_data = bytes };

	memcpy(bytes, &x, sizeof(x));
	memcpy(bytes + sizeof(x), strings, len);
	fr.fr_len = (uint32_t)(sizeof(x) + len);
	memset(rq, 0, sizeof(*rq));
	return request_parse(rq, &fr);
}

static void
test_requests(void **state)
{
	static const char good[] = "/\0sh\0-c\0\0A=1";	/* 5 strings: cwd, 3 arguments, 1 more */
	struct request rq;

	(void)state;
	assert_true(parse(good, sizeof(good), 3, 1, 0, &rq));
	assert_string_equal(rq.rq_cwd, "/");
	assert_string_equal(rq.rq_argv[0], "sh");
	assert_string_equal(rq.rq_argv[2], "");
	assert_null(rq.rq_argv[3]);
	assert_string_equal(rq.rq_envp[0], "A=1");
	assert_null(rq.rq_envp[1]);
	assert_true(parse(good, sizeof(good), 4, 0, 0, &rq));
	assert_true(parse(good, sizeof(good), 2, 1, 1, &rq));
	assert_string_equal(rq.rq_failv[0], "A=1");
	assert_null(rq.rq_failv[1]);
	assert_false(parse(good, sizeof(good), 3, 1, 1, &rq));
	assert_false(parse(good, sizeof(good), 3, 1, UINT32_MAX, &rq));
	/* Too many, too few, none, absurdly many, and the last zero missing. */
	assert_false(parse(good, sizeof(good), 3, 2, 0, &rq));
	assert_false(parse(good, sizeof(good), 3, 0, 0, &rq));
	assert_false(parse(good, sizeof(good), 0, 4, 0, &rq));
	assert_false(parse(good, sizeof(good), UINT32_MAX, 1, 0, &rq));
	assert_false(parse(good, sizeof(good), 1, UINT32_MAX, 0, &rq));
	assert_false(parse(good, sizeof(good) - 1, 3, 1, 0, &rq));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_bad_headers),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
