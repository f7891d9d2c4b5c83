/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kqueue on descriptors: READ and WRITE, level and edge, one-shot, disabled, deleted, end of
 * file.
 */
#include "nb.h"

struct kevent { uint64_t ident; uint32_t filter, flags, fflags, pad; int64_t data; uint64_t udata;
    };
_Static_assert(sizeof(struct kevent) == 40, "kevent");
#define READ 0
#define WRITE 1
#define EV_ADD 1
#define EV_DELETE 2
#define EV_ENABLE 4
#define EV_DISABLE 8
#define EV_ONESHOT 0x10
#define EV_CLEAR 0x20
#define EV_RECEIPT 0x40
#define EV_DISPATCH 0x80
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

static int kq, fd[2];

NB_FN int
change(int ident, uint32_t filter, uint32_t flags, uint64_t udata)
{
	struct kevent ke = { .ident = (uint64_t)ident, .filter = filter, .flags = flags,
	    .udata = udata };

	return (int)CALL(SYS_kevent, kq, &ke, 1, NULL, 0, NULL);
}

/* Events within ms, at most n. */
NB_FN int
events(struct kevent *ke, int n, int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	return (int)CALL(SYS_kevent, kq, NULL, 0, ke, n, &ts);
}

static void
begin(void)
{
	kq = (int)CALL(SYS_kqueue);
	CHECK(kq >= 0);
	EQ(nb_pipe(fd), 0);
}

TEST("READ: none, some, gone; level-triggered comes again, the program's word comes back")
{
	struct kevent ke[4];
	char c;

	begin();
	EQ(change(fd[0], READ, EV_ADD, 0x1234), 0);
	EQ(events(ke, 4, 20), 0);
	EQ(write(fd[1], "ab", 2), 2);
	for (int i = 0; i < 2; i++) {
		EQ(events(ke, 4, 1000), 1);
		EQ(ke[0].ident, fd[0]);
		EQ(ke[0].filter, READ);
		EQ(ke[0].udata, 0x1234);
		EQ(ke[0].flags & EV_EOF, 0);
		EQ(read(fd[0], &c, 1), 1);
	}
	EQ(events(ke, 4, 20), 0);
}

TEST("READ and WRITE of one descriptor are two notes; EV_CLEAR tells a change once")
{
	struct kevent ke[4];

	begin();
	EQ(change(fd[1], WRITE, EV_ADD | EV_CLEAR, 7), 0);
	EQ(change(fd[0], READ, EV_ADD | EV_CLEAR, 8), 0);
	EQ(events(ke, 4, 1000), 1);
	EQ(ke[0].filter, WRITE);
	EQ(ke[0].udata, 7);
	EQ(events(ke, 4, 20), 0);
	EQ(write(fd[1], "a", 1), 1);
	EQ(events(ke, 1, 1000), 1);
	CHECK(ke[0].udata == 7 || ke[0].udata == 8);
	while (events(ke, 4, 20) > 0)
		continue;
	EQ(events(ke, 4, 20), 0);
	EQ(change(fd[1], READ, EV_DELETE, 0), -1);
	EQ(errno, NB_ENOENT);
}

TEST("ONESHOT fires once and is gone; DISPATCH once and sleeps; DISABLE, ENABLE, DELETE")
{
	struct kevent ke[4];

	begin();
	EQ(write(fd[1], "a", 1), 1);
	EQ(change(fd[0], READ, EV_ADD | EV_ONESHOT, 0), 0);
	EQ(events(ke, 4, 1000), 1);
	EQ(events(ke, 4, 20), 0);
	ERR(change(fd[0], READ, EV_DELETE, 0), NB_ENOENT);
	EQ(change(fd[0], READ, EV_ADD | EV_DISPATCH, 0), 0);
	EQ(events(ke, 4, 1000), 1);
	EQ(events(ke, 4, 20), 0);
	EQ(change(fd[0], READ, EV_ENABLE, 0), 0);
	EQ(events(ke, 4, 1000), 1);
	EQ(change(fd[0], READ, EV_ADD, 0), 0);
	EQ(change(fd[0], READ, EV_ENABLE, 0), 0);
	EQ(events(ke, 4, 1000), 1);
	EQ(change(fd[0], READ, EV_DISABLE, 0), 0);
	EQ(events(ke, 4, 20), 0);
	EQ(close(fd[1]), 0);
	EQ(events(ke, 4, 20), 0);
	EQ(change(fd[0], READ, EV_ENABLE, 0), 0);
	EQ(events(ke, 4, 1000), 1);
	CHECK((ke[0].flags & EV_EOF) != 0);
	EQ(change(fd[0], READ, EV_DELETE, 0), 0);
	EQ(events(ke, 4, 20), 0);
}

TEST("a failed change is an event where there is room, else the call's error; RECEIPT always "
    "answers")
{
	struct kevent in[2] = { { .ident = 60, .filter = READ, .flags = EV_ADD },
	    { .filter = READ, .flags = EV_ADD | EV_RECEIPT } },
	    out[2];

	begin();
	in[1].ident = (uint64_t)fd[0];
	EQ(CALL(SYS_kevent, kq, in, 2, out, 2, NULL), 2);
	EQ(out[0].flags & EV_ERROR, EV_ERROR);
	EQ(out[0].data, NB_EBADF);
	EQ(out[1].data, 0);
	ERR(CALL(SYS_kevent, kq, in, 1, NULL, 0, NULL), NB_EBADF);
	in[0].filter = 5;
	ERR(CALL(SYS_kevent, kq, in, 1, NULL, 0, NULL), NB_EINVAL);
	ERR(CALL(SYS_kevent, fd[0], in, 1, NULL, 0, NULL), NB_EBADF);
}

TEST("a wait is ended by an event from another process, by its time, by a signal's death")
{
	struct kevent ke[1];
	pid_t pid;

	begin();
	EQ(change(fd[0], READ, EV_ADD, 0), 0);
	if ((pid = fork()) == 0) {
		sleep_ms(30);
		write(fd[1], "x", 1);
		_exit(0);
	}
	EQ(CALL(SYS_kevent, kq, NULL, 0, ke, 1, NULL), 1);
	EXITS(pid, 0);
	if ((pid = fork()) == 0) {
		kq = (int)CALL(SYS_kqueue);
		CALL(SYS_kevent, kq, NULL, 0, ke, 1, NULL);
		_exit(1);
	}
	sleep_ms(30);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

NB_MAIN(20)
