/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * execve: what the new image gets, what is reset, and the errno of everything that cannot be
 * executed.
 */
#include "tap.h"
#include <elf.h>
#include <sys/auxv.h>
#include <sys/resource.h>

extern char **environ;

/* Runs the program with "@helper args..." and gives the wait status. */
static int
run(const char *path, char *const av[], char *const ev[])
{
	pid_t pid = child();

	if (pid == 0) {
		execve(path, av, ev);
		_exit(100);
	}
	return reap(pid);
}

/* Prints its arguments and environment, each ended by a NUL, to the file "out". */
HELPER("dump")
{
	int i, fd = open("out", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	for (i = 0; i < argc; i++)
		if (write(fd, argv[i], strlen(argv[i]) + 1) < 0)
			return 1;
	for (i = 0; environ[i] != NULL; i++)
		if (write(fd, environ[i], strlen(environ[i]) + 1) < 0)
			return 1;
	return 0;
}

TEST("arguments and environment arrive exactly (END-4)")
{
	char *av[] = { "name with space", "@dump", "", "two\nlines", "\xc3\xa4\xff\x01", "'\"$`\\",
	    "-", NULL };
	char *ev[] = { "A=1", "=odd", "B=", "noequals", NULL };
	static const char want[] =
	    "name with space\0@dump\0\0two\nlines\0\xc3\xa4\xff\x01\0'\"$`\\\0-\0"
	    "A=1\0=odd\0B=\0noequals";
	char buf[512];
	int status = run(tap_self, av, ev);
	ssize_t n;

	EQ(status, 0);
	n = read_file("out", buf, sizeof(buf));
	EQ(n, sizeof(want));
	CHECK(memcmp(buf, want, sizeof(want)) == 0);
}

HELPER("length")
{
	return argc == atoi(argv[2]) && strlen(argv[argc - 1]) == strtoul(argv[3], NULL, 10) ? 0 :
	    1;
}

TEST("an argument of 120,000 bytes (END-4)")
{
	char *big = malloc(120001), *av[] = { "x", "@length", "5", "120000", big, NULL };

	memset(big, 'x', 120000);
	big[120000] = 0;
	EQ(run(tap_self, av, environ), 0);
}

TEST("10,000 arguments (END-4)")
{
	char **av = calloc(10005, sizeof(*av));
	int i;

	av[0] = "x", av[1] = "@length", av[2] = "10004", av[3] = "5";
	for (i = 4; i < 10004; i++)
		av[i] = "abcde";
	EQ(run(tap_self, av, environ), 0);
}

TEST("one argument above 128 KiB: E2BIG, and the caller lives on (END-4)")
{
	char *big = malloc(131073), *av[] = { "x", "@length", big, NULL };

	memset(big, 'x', 131072);
	big[131072] = 0;
	ERR(execve(tap_self, av, environ), E2BIG);
	ERR(execve(tap_self, av, environ), E2BIG);
}

TEST("more arguments than the limit in all: E2BIG (END-4)")
{
	char *part = malloc(100001), **av = calloc(200, sizeof(*av));
	int i;

	memset(part, 'x', 100000);
	part[100000] = 0;
	for (i = 0; i < 100; i++)
		av[i] = part;
	ERR(execve(tap_self, av, environ), E2BIG);
}

TEST("errno of paths (END-4)")
{
	char name[300];

	memset(name, 'n', 299);
	name[299] = 0;
	write_file("plain", "x", 1, 0644);
	write_file("text", "just words\n", 11, 0755);
	write_file("empty", "", 0, 0755);
	symlink("loop", "loop");
	symlink("nowhere", "dangling");
	mkfifo("fifo", 0755);
	OKERR(execve("none", NULL, NULL), ENOENT, "execve of a missing file: ENOENT");
	OKERR(execve("", NULL, NULL), ENOENT, "execve of an empty path: ENOENT");
	OKERR(execve("none/x", NULL, NULL), ENOENT, "execve below a missing folder: ENOENT");
	OKERR(execve("plain/x", NULL, NULL), ENOTDIR, "execve below a file: ENOTDIR");
	OKERR(execve("plain", NULL, NULL), EACCES, "execve of a file without x: EACCES");
	OKERR(execve("/tmp", NULL, NULL), EACCES, "execve of a folder: EACCES");
	OKERR(execve("/dev/null", NULL, NULL), EACCES, "execve of a device: EACCES");
	OKERR(execve("fifo", NULL, NULL), EACCES, "execve of a fifo: EACCES");
	OKERR(execve("loop", NULL, NULL), ELOOP, "execve of a link to itself: ELOOP");
	OKERR(execve("dangling", NULL, NULL), ENOENT, "execve of a dangling link: ENOENT");
	OKERR(execve(name, NULL, NULL), ENAMETOOLONG, "execve of too long a name: ENAMETOOLONG");
	OKERR(execve("text", NULL, NULL), ENOEXEC, "execve of text without #!: ENOEXEC");
	OKERR(execve("empty", NULL, NULL), ENOEXEC, "execve of an empty file: ENOEXEC");
	OKERR(syscall(SYS_execve, (char *)8, NULL, NULL), EFAULT,
	    "execve of a bad path pointer: EFAULT");
	OKERR(syscall(SYS_execve, tap_self, (char **)8, NULL), EFAULT,
	    "execve of a bad argv: EFAULT");
	OKERR(syscall(SYS_execve, tap_self, NULL, (char **)0xffff800000000000), EFAULT,
	    "execve of a kernel envp: EFAULT");
}

TEST("a script: interpreter, one optional argument, path, arguments (END-4)")
{
	char script[PATH_MAX + 64], *av[] = { "ignored", "one", "two words", NULL },
	    *ev[] = { NULL };
	char buf[PATH_MAX * 2], want[PATH_MAX * 2];
	int n, got;

	n = snprintf(script, sizeof(script), "#! %s \t@dump \nrest\n", tap_self);
	write_file("script", script, n, 0755);
	EQ(run("./script", av, ev), 0);
	got = read_file("out", buf, sizeof(buf));
	n = snprintf(want, sizeof(want), "%s%c@dump%c./script%cone%ctwo words%c", tap_self, 0, 0, 0,
	    0, 0);
	EQ(got, n);
	CHECK(memcmp(buf, want, n) == 0);
}

TEST("a script whose only argument has spaces: they stay one argument (END-4)")
{
	char script[PATH_MAX + 64], *av[] = { "s", NULL };
	int n = snprintf(script, sizeof(script), "#!%s @dump and more\n", tap_self);

	write_file("script", script, n, 0755);
	EQ(run("./script", av, environ), 126 << 8);
}

TEST("a script that names a script, four deep, and too deep: ELOOP (END-4)")
{
	char text[PATH_MAX + 64], name[16];
	char *av[] = { "s", NULL };
	int i, n = snprintf(text, sizeof(text), "#!%s @dump\n", tap_self);

	write_file("s0", text, n, 0755);
	for (i = 1; i < 8; i++) {
		n = snprintf(text, sizeof(text), "#!%s/s%d\n", tap_dir, i - 1);
		snprintf(name, sizeof(name), "s%d", i);
		write_file(name, text, n, 0755);
	}
	EQ(run("s3", av, environ), 0);
	ERR(execve("s7", av, environ), ELOOP);
}

TEST("a script with a missing, unreadable or empty interpreter (END-4)")
{
	write_file("a", "#!/no/such/interp\n", 18, 0755);
	OKERR(execve("a", NULL, NULL), ENOENT, "a script's interpreter is missing: ENOENT");
	write_file("b", "#!\n", 3, 0755);
	OKERR(execve("b", NULL, NULL), ENOEXEC, "a script without interpreter: ENOEXEC");
	write_file("c", "#!/tmp\n", 7, 0755);
	OKERR(execve("c", NULL, NULL), EACCES, "a script's interpreter is a folder: EACCES");
	write_file("d", "#!/dev/null\n", 12, 0755);
	OKERR(execve("d", NULL, NULL), EACCES, "a script's interpreter is a device: EACCES");
}

HELPER("close-on-exec")
{
	if (fcntl(atoi(argv[2]), F_GETFD) != -1 || errno != EBADF)
		return 1;
	return fcntl(atoi(argv[3]), F_GETFD) == 0 ? 0 : 2;
}

TEST("close-on-exec files are closed, others stay open (END-4)")
{
	char a[16], b[16], *av[] = { "x", "@close-on-exec", a, b, NULL };
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	snprintf(a, sizeof(a), "%d", fd);
	snprintf(b, sizeof(b), "%d", dup(fd));
	EQ(run(tap_self, av, environ), 0);
}

HELPER("signals")
{
	struct sigaction sa;
	sigset_t set;
	stack_t ss;

	sigaction(SIGUSR1, NULL, &sa);
	if (sa.sa_handler != SIG_DFL)
		return 1;
	sigaction(SIGUSR2, NULL, &sa);
	if (sa.sa_handler != SIG_IGN)
		return 2;
	sigprocmask(SIG_SETMASK, NULL, &set);
	if (!sigismember(&set, SIGTERM) || sigismember(&set, SIGHUP))
		return 3;
	sigpending(&set);
	if (!sigismember(&set, SIGTERM))
		return 4;
	sigaltstack(NULL, &ss);
	return ss.ss_flags == SS_DISABLE ? 0 : 5;
}

static void
exec_handler(int sig __attribute__((unused)))
{
}

TEST("caught signals reset, ignored and blocked and pending ones kept, no alternate stack (END-4)")
{
	static char stack[16384];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	char *av[] = { "x", "@signals", NULL };
	sigset_t set;
	pid_t pid = child();

	if (pid == 0) {
		sigaltstack(&ss, NULL);
		signal(SIGUSR1, exec_handler);
		signal(SIGUSR2, SIG_IGN);
		sigemptyset(&set);
		sigaddset(&set, SIGTERM);
		sigprocmask(SIG_SETMASK, &set, NULL);
		raise(SIGTERM);
		execve(tap_self, av, environ);
	}
	EXITS(pid, 0);
}

HELPER("same-process")
{
	return getpid() == atoi(argv[2]) && getppid() == atoi(argv[3]) &&
	    getpgrp() == atoi(argv[4]) ? 0 : 1;
}

TEST("pid, parent and group stay; pending alarms as well (END-4)")
{
	char a[16], b[16], c[16], *av[] = { "x", "@same-process", a, b, c, NULL };
	pid_t pid = child();

	if (pid == 0) {
		snprintf(a, sizeof(a), "%d", getpid());
		snprintf(b, sizeof(b), "%d", getppid());
		snprintf(c, sizeof(c), "%d", getpgrp());
		execve(tap_self, av, environ);
	}
	EXITS(pid, 0);
}

HELPER("alarm")
{
	return alarm(0) > 50 ? 0 : 1;
}

TEST("an alarm goes on through exec (END-4)")
{
	char *av[] = { "x", "@alarm", NULL };
	pid_t pid = child();

	if (pid == 0) {
		alarm(100);
		execve(tap_self, av, environ);
	}
	EXITS(pid, 0);
}

HELPER("place")
{
	char cwd[PATH_MAX];

	return getcwd(cwd, sizeof(cwd)) != NULL && strcmp(cwd, argv[2]) == 0 &&
	    umask(0) == 031 ? 0 : 1;
}

TEST("cwd and umask stay (END-4)")
{
	char *av[] = { "x", "@place", tap_dir, NULL };

	umask(031);
	EQ(run(tap_self, av, environ), 0);
}

HELPER("auxv")
{
	const unsigned char *r = (void *)getauxval(AT_RANDOM);
	int i, sum = 0;

	if (r == NULL || getauxval(AT_PHDR) == 0 || getauxval(AT_PHNUM) == 0)
		return 1;
	for (i = 0; i < 16; i++)
		sum |= r[i];
	if (sum == 0 || getauxval(AT_PAGESZ) != 4096 || getauxval(AT_ENTRY) == 0)
		return 2;
	if (getauxval(AT_UID) != getuid() || getauxval(AT_EGID) != getegid() ||
	    getauxval(AT_SECURE) != 0)
		return 3;
	if (getauxval(AT_EXECFN) == 0 || strcmp((char *)getauxval(AT_EXECFN), argv[2]) != 0)
		return 4;
	return getauxval(AT_CLKTCK) == 100 ? 0 : 5;
}

TEST("the auxiliary vector: RANDOM PHDR PAGESZ ENTRY ids EXECFN CLKTCK")
{
	char *av[] = { "x", "@auxv", tap_self, NULL };

	EQ(run(tap_self, av, environ), 0);
}

TEST("the stack pointer at entry is a multiple of 16; argc stands there")
{
	/* A tiny program of our own: exit(rsp & 15 ? 1 : argc). */
	static const unsigned char code[] = {
		0x48, 0x8b, 0x3c, 0x24,			/* mov (%rsp), %rdi */
		0x48, 0xf7, 0xc4, 0x0f, 0, 0, 0,	/* test $15, %rsp */
		0x74, 0x05,				/* jz +5 */
		0xbf, 0x63, 0, 0, 0,			/* mov $99, %edi */
		0xb8, 0x3c, 0, 0, 0, 0x0f, 0x05,	/* exit */
	};
	unsigned char file[4096 + sizeof(code)] = { 0 };
	Elf64_Ehdr *eh = (void *)file;
	Elf64_Phdr *ph = (void *)(file + sizeof(*eh));
	char *av[] = { "a", "b", "c", NULL };

	memcpy(eh->e_ident, ELFMAG "\2\1\1", 7);
	eh->e_type = ET_EXEC, eh->e_machine = EM_X86_64, eh->e_version = 1;
	eh->e_entry = 0x400000 + 4096, eh->e_phoff = sizeof(*eh);
	eh->e_ehsize = sizeof(*eh), eh->e_phentsize = sizeof(*ph), eh->e_phnum = 1;
	ph->p_type = PT_LOAD, ph->p_flags = PF_R | PF_X, ph->p_vaddr = 0x400000;
	ph->p_filesz = ph->p_memsz = sizeof(file), ph->p_align = 4096;
	memcpy(file + 4096, code, sizeof(code));
	write_file("tiny", file, sizeof(file), 0755);
	EQ(run("tiny", av, environ), 3 << 8);
}

/* Our own file, changed by `edit`, as "bad". */
static char *exec_image;
static ssize_t exec_size;

static void
image_load(void)
{
	int fd = open(tap_self, O_RDONLY);
	struct stat st;

	CHECK(fd >= 0);
	EQ(fstat(fd, &st), 0);
	exec_size = st.st_size;
	exec_image = malloc(exec_size);
	EQ(read(fd, exec_image, exec_size), exec_size);
	close(fd);
}

/* Executes the changed image: 0 if it ran well, an errno if refused, 1000 + signal if it died. */
static int
image_try(ssize_t size)
{
	char *av[] = { "x", "@true", NULL };
	struct gate g = gate_make();
	int error = 0, status;
	pid_t pid;

	unlink("bad");
	write_file("bad", exec_image, size, 0755);
	if ((pid = child()) == 0) {
		execve("bad", av, environ);
		error = errno;
		if (write(g.g_fd[1], &error, sizeof(error)) < 0)
			_exit(1);
		_exit(100);
	}
	close(g.g_fd[1]);
	if (read(g.g_fd[0], &error, sizeof(error)) == sizeof(error)) {
		EXITS(pid, 100);
		return error;
	}
	status = reap(pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : status;
}

/*
 * What Bident does with an entry point outside of the program: ENOEXEC before the old one is
 * gone; Linux kills the new one.
 */
static int
refused(int got)
{
	return got == ENOEXEC || got == 1000 + SIGSEGV;
}

TEST("damaged ELF files: refused or killed, never worse (END-4 FIX-55)")
{
	Elf64_Ehdr eh, *e;
	Elf64_Phdr *ph, save;
	int got, i;

	image_load();
	e = (void *)exec_image;
	eh = *e;
	ph = (void *)(exec_image + eh.e_phoff);
	for (i = 0; ph[i].p_type != PT_LOAD; i++)
		continue;
	ph += i;
	save = *ph;
	OK(image_try(exec_size) == 0, "the unchanged copy runs");
	for (i = 1; i < 64; i += 21)
		OK(image_try(i) == ENOEXEC, "ELF cut after %d bytes: ENOEXEC", i);
	e->e_machine = EM_386 + 37;
	OK(image_try(exec_size) == ENOEXEC, "ELF of another machine: ENOEXEC");
	*e = eh;
	e->e_type = ET_CORE;
	OK(image_try(exec_size) == ENOEXEC, "an ELF core file: ENOEXEC");
	*e = eh;
	e->e_type = ET_REL;
	OK(image_try(exec_size) == ENOEXEC, "a relocatable ELF file: ENOEXEC");
	*e = eh;
	e->e_phentsize = 55;
	OK(image_try(exec_size) == ENOEXEC, "ELF with a wrong header size: ENOEXEC");
	*e = eh;
	e->e_phnum = 0;
	OK(image_try(exec_size) == ENOEXEC, "ELF without program headers: ENOEXEC");
	*e = eh;
	e->e_phnum = 0xfff0;
	OK(image_try(exec_size) == ENOEXEC, "ELF with 65,520 program headers: ENOEXEC");
	*e = eh;
	e->e_phoff = 0x7fffffffffff0000;
	got = image_try(exec_size);
	OK(got > 0 && got < 1000, "ELF with its headers beyond the end is refused");
	*e = eh;
	e->e_entry = 0xffff800000000000;
	OK(refused(image_try(exec_size)),
	    "ELF with its entry in the kernel: ENOEXEC, or it is killed as on Linux");
	e->e_entry = 0x10;
	OK(refused(image_try(exec_size)),
	    "ELF with its entry nowhere: ENOEXEC, or it is killed as on Linux");
	*e = eh;
	ph->p_vaddr = 0xffffffff80000000 + (save.p_offset & 4095);
	got = image_try(exec_size);
	OK(got > 0, "ELF with a segment in the kernel (%d)", got);
	*ph = save;
	ph->p_memsz = 1UL << 62;
	got = image_try(exec_size);
	OK(got > 0, "ELF with a huge segment (%d)", got);
	*ph = save;
	ph->p_memsz = ph->p_filesz - 1;
	got = image_try(exec_size);
	OK(got > 0, "ELF with a segment larger in the file than in memory (%d)", got);
	*ph = save;
	ph->p_offset = 0x7ffffffffffff000 + (save.p_offset & 4095);
	got = image_try(exec_size);
	OK(got > 0, "ELF with a segment beyond all files (%d)", got);
	*ph = save;
	OK(image_try(exec_size) == 0, "and the unchanged copy still runs");
}

TEST("ELF with a missing interpreter: ENOENT; a truncated path: refused")
{
	unsigned char file[4096 + 16] = { 0 };
	Elf64_Ehdr *eh = (void *)file;
	Elf64_Phdr *ph = (void *)(file + sizeof(*eh));

	memcpy(eh->e_ident, ELFMAG "\2\1\1", 7);
	eh->e_type = ET_EXEC, eh->e_machine = EM_X86_64, eh->e_version = 1;
	eh->e_entry = 0x401000, eh->e_phoff = sizeof(*eh);
	eh->e_ehsize = sizeof(*eh), eh->e_phentsize = sizeof(*ph), eh->e_phnum = 2;
	ph[0].p_type = PT_INTERP, ph[0].p_offset = 1024, ph[0].p_filesz = ph[0].p_memsz = 16;
	ph[1].p_type = PT_LOAD, ph[1].p_flags = PF_R | PF_X, ph[1].p_vaddr = 0x400000;
	ph[1].p_filesz = ph[1].p_memsz = sizeof(file), ph[1].p_align = 4096;
	strcpy((char *)file + 1024, "/no/such/interp");
	write_file("i1", file, sizeof(file), 0755);
	ERR(execve("i1", NULL, NULL), ENOENT);
	memset(file + 1024, 'x', 16);
	write_file("i2", file, sizeof(file), 0755);
	ERR(execve("i2", NULL, NULL), ENOEXEC);
	strcpy((char *)file + 1024, "/tmp");
	ph[0].p_filesz = 5;
	write_file("i3", file, sizeof(file), 0755);
	ERR(execve("i3", NULL, NULL), EACCES);
}

TEST("as an ordinary user: x for others decides (END-4)")
{
	char *av[] = { "x", "@true", NULL };

	if (getuid() != 0)
		SKIP("not root");
	image_load();
	write_file("yes", exec_image, exec_size, 0755);
	write_file("no", exec_image, exec_size, 0754);
	write_file("only-x", exec_image, exec_size, 0711);
	EQ(setgid(1000), 0);
	EQ(setuid(1000), 0);
	EQ(run("yes", av, environ), 0);
	EQ(run("only-x", av, environ), 0);
	ERR(execve("no", av, environ), EACCES);
}

HELPER("ids")
{
	return geteuid() == (uid_t)atoi(argv[2]) && getegid() == (gid_t)atoi(argv[3]) &&
	    getuid() == (uid_t)atoi(argv[4]) ? 0 : 1;
}

TEST("set-user-id and set-group-id files change the effective ids (END-4 NEW-2)")
{
	char *av[] = { "x", "@ids", "7", "8", "1000", NULL };

	if (getuid() != 0)
		SKIP("not root");
	image_load();
	write_file("set", exec_image, exec_size, 0755);
	EQ(chown("set", 7, 8), 0);
	EQ(chmod("set", 06755), 0);
	EQ(setgid(1000), 0);
	EQ(setuid(1000), 0);
	EQ(run("set", av, environ), 0);
}

TEST("execveat: by folder descriptor and by AT_EMPTY_PATH (LNX-1)")
{
	char *av[] = { "x", "@true", NULL };
	int dir, fd;
	pid_t pid;

	image_load();
	write_file("prog", exec_image, exec_size, 0755);
	dir = open(".", O_RDONLY | O_DIRECTORY);
	fd = open("prog", O_RDONLY);
	if ((pid = child()) == 0) {
		syscall(SYS_execveat, dir, "prog", av, environ, 0);
		_exit(1);
	}
	EXITS(pid, 0);
	if ((pid = child()) == 0) {
		syscall(SYS_execveat, fd, "", av, environ, AT_EMPTY_PATH);
		_exit(1);
	}
	EXITS(pid, 0);
	ERR(syscall(SYS_execveat, 99, "prog", av, environ, 0), EBADF);
}

TEST("writing to a program that runs: ETXTBSY; running one that is open for writing: ETXTBSY")
{
	char *av[] = { "x", "@pause", NULL };
	int fd;
	pid_t pid;

	image_load();
	write_file("busy", exec_image, exec_size, 0755);
	fd = open("busy", O_WRONLY);
	ERR(execve("busy", av, environ), ETXTBSY);
	close(fd);
	if ((pid = child()) == 0) {
		execve("busy", av, environ);
		_exit(1);
	}
	sleep_ms(150);
	ERR(open("busy", O_WRONLY), ETXTBSY);
	EQ(unlink("busy"), 0);
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

HELPER("pause")
{
	for (;;)
		pause();
	return 0;
}

TEST("the command name in /proc/self/comm is the file's, cut to 15 bytes (NEW-26)")
{
	char path[64], buf[64], *av[] = { "something else", "@pause", NULL };
	pid_t pid;

	image_load();
	write_file("a-rather-long-name", exec_image, exec_size, 0755);
	if ((pid = child()) == 0) {
		execve("./a-rather-long-name", av, environ);
		_exit(1);
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	CHECK(SOON(read_file(path, buf, sizeof(buf)) > 0 && strcmp(buf, "a-rather-long-n\n") == 0,
	    5000));
	kill(pid, SIGKILL);
	KILLED(pid, SIGKILL);
}

TEST("exec frees the old address space: 60 execs of a process with 8 MiB (END-4)")
{
	char *av[] = { "x", "@true", NULL }, *p;
	pid_t pid;
	int i;

	p = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(p, 1, 8 << 20);
	for (i = 0; i < 60; i++) {
		if ((pid = child()) == 0) {
			execve(tap_self, av, environ);
			_exit(1);
		}
		EXITS(pid, 0);
	}
}

TAP_MAIN(20)
