/* SPDX-License-Identifier: BSD-2-Clause */
/* A program whose file asks for PaX MPROTECT: it has it, and so have its children. */
#define NB_PAX 1
#include "nb.h"

#define PAGE 4096

/* Whether memory can be had that is written to and executed. */
static int
restricted(void)
{
	volatile char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
	    *q;
	uint64_t text = (uint64_t)restricted & ~(PAGE - 1ul);
	pid_t pid;

	CHECK(p != MAP_FAILED);
	p[0] = (char)0xc3;
	if (CALL(SYS_mprotect, p, PAGE, PROT_READ | PROT_EXEC) != -1 || errno != NB_EACCES)
		return 0;
	q = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANON, -1, 0);
	CHECK(q != MAP_FAILED);
	q[0] = (char)0xc3;		/* writable it is ... */
	if ((pid = fork()) == 0) {
		((void (*)(void))q)();	/* ... and not executable */
		_exit(0);
	}
	return (nb_reap(pid) & 0x7f) == SIGSEGV &&
	    CALL(SYS_mprotect, text, PAGE, PROT_READ | PROT_WRITE) == -1 &&
	    errno == NB_EACCES;
}

TEST("PaX MPROTECT by the file's note, in the program (NEW-28)")
{
	CHECK(restricted());
}

TEST("the hardening flags are the parent's in every kind of child (NEW-28)")
{
	volatile int *both = shared(PAGE);
	pid_t pid = fork();

	if (pid == 0)
		_exit(restricted() ? 42 : 1);
	EXITS(pid, 42);
	if ((pid = vfork()) == 0)
		_exit(restricted() ? 42 : 1);
	EXITS(pid, 42);
	if ((pid = vfork14()) == 0) {
		both[0] = restricted();
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(both[0], 1);
}

TEST("exec of a file without the note drops them")
{
	char *argv[] = { "/tests/mem", "without PaX", NULL };
	pid_t pid = fork();

	if (pid == 0) {
		int fd = (int)CALL(SYS_open, "/dev/null", O_WRONLY, 0);

		CALL(SYS_dup2, fd, 1);
		CALL(SYS_execve, argv[0], argv, nb_envp);
		_exit(99);
	}
	EXITS(pid, 0);
}

NB_MAIN(20)
