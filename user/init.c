/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agent: process 1 of a machine that `bident run` has started.
 *
 * It opens the port to the host, takes one request (a command with its arguments, environment and
 * streams), runs it, and powers off. It is linked statically and needs nothing of the root but
 * /dev: the command's root may be any folder. Its own file is in /.bident, which it removes at
 * once, so that the command sees only its own root.
 *
 * The kernel has opened descriptors 0, 1 and 2 on the console; what the agent says there is in the
 * kernel's log, never in the command's output.
 *
 * It also runs on Linux, so that the same command can be put to both kernels: the word
 * "bident.linux" on the kernel's command line makes it mount what Linux leaves to init, load the
 * modules that the host has put beside it, and reboot where it would power off (a microVM without
 * ACPI has no other way to end).
 *
 * For tests it runs as an ordinary process: `bident-init --fd N` uses an open socket as the port,
 * touches no file system and simply exits.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define PORT_FILE	"/dev/vport0p1"
#define PORT_TRIES	300		/* 10 ms each */

static bool	is_test;	/* an ordinary process */
static bool	is_linux;
static bool	wants_stats;
static int	sigchld_pipe[2];

static void
say(const char *fmt, va_list ap)
{
	char line[512];
	int n;

	n = snprintf(line, sizeof(line), "bident-init: ");
	(void)vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	strcat(line, "\n");
	(void)!write(2, line, strlen(line));
}

void
agent_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

static _Noreturn void
power_off(void)
{
	if (is_test)
		_exit(33);
	if (is_linux)
		(void)reboot(RB_AUTOBOOT);
	(void)reboot(RB_POWER_OFF);
	agent_say("cannot power off: %s", strerror(errno));
	for (;;)
		pause();
}

void
agent_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	power_off();
}

static void
on_sigchld(int signo)
{
	int saved = errno;

	(void)signo;
	(void)!write(sigchld_pipe[1], "", 1);
	errno = saved;
}

static void
setup_signals(void)
{
	struct sigaction sa = { .sa_handler = on_sigchld };

	if (pipe2(sigchld_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		agent_die("pipe: %s", strerror(errno));
	(void)sigaction(SIGCHLD, &sa, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* What the child's descriptors are moved onto must not be in use by ours. */
static void
setup_std_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 3);
	if (fd >= 0)
		close(fd);
}

static bool
command_line_has(const char *word)
{
	char line[4096], *w;
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	line[n > 0 ? n : 0] = 0;
	for (w = strtok(line, " \n"); w != NULL; w = strtok(NULL, " \n"))
		if (strcmp(w, word) == 0)
			return true;
	return false;
}

static void
load_module(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST)
		agent_say("module %s: %s", file, strerror(errno));
	close(fd);
	(void)unlink(file);
}

/* What Linux leaves to its init. */
static void
setup_linux(void)
{
	char file[32];
	int i;

	(void)mkdir("/sys", 0755);
	(void)mkdir("/dev", 0755);
	(void)mount("sysfs", "/sys", "sysfs", 0, NULL);
	(void)mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	(void)mkdir("/dev/pts", 0755);
	(void)mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=0666,mode=0620,gid=5");
	(void)mkdir("/dev/shm", 01777);
	(void)mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777");
	(void)sethostname("bident", 6);
	for (i = 0; i < 100; i++) {
		snprintf(file, sizeof(file), "/.bident/m%02d.ko", i);
		load_module(file);
	}
}

static void
setup_root(void)
{
	if (access("/proc/self", F_OK) != 0) {
		(void)mkdir("/proc", 0555);
		(void)mount("proc", "/proc", "proc", 0, NULL);
	}
	is_linux = command_line_has("bident.linux");
	wants_stats = command_line_has("bident.stats");
	if (is_linux)
		setup_linux();
	(void)unlink("/.bident/init");
	(void)rmdir("/.bident");
}

/* Opens the port, which may take a moment to appear, and to learn that the host is there. */
static int
open_port(void)
{
	const struct timespec pause_10ms = { .tv_nsec = 10 * 1000 * 1000 };
	struct pollfd pfd = { .fd = -1 };
	int i;

	for (i = 0; i < PORT_TRIES; i++) {
		if (pfd.fd < 0)
			pfd.fd = open(PORT_FILE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
		if (pfd.fd >= 0 && poll(&pfd, 1, 0) >= 0 && !(pfd.revents & POLLHUP))
			return pfd.fd;
		(void)nanosleep(&pause_10ms, NULL);
	}
	agent_die("%s: %s", PORT_FILE, pfd.fd < 0 ? strerror(errno) : "the host is not there");
}

static void
say_hello(struct port *pt)
{
	uint8_t b[8];

	bident_put32(b, BIDENT_PROTO_MAGIC);
	bident_put32(b + 4, BIDENT_PROTO_VERSION);
	port_put(pt, BIDENT_MSG_HELLO, 0, b, sizeof(b));
	(void)port_flush(pt);
}

static void
get_request(struct port *pt, struct request *rq)
{
	struct frame fr;

	if (!port_wait_frame(pt, &fr))
		agent_die("the host has gone before it said hello");
	if (fr.fr_type != BIDENT_MSG_HELLO || bident_get32(fr.fr_data) != BIDENT_PROTO_MAGIC)
		agent_die("what is at the other end of the port is not the bident command");
	if (bident_get32(fr.fr_data + 4) != BIDENT_PROTO_VERSION)
		agent_die("the host speaks version %u of the protocol, this is version %u",
		    bident_get32(fr.fr_data + 4), BIDENT_PROTO_VERSION);
	if (!port_wait_frame(pt, &fr))
		agent_die("the host has gone before it named a command");
	if (fr.fr_type != BIDENT_MSG_EXEC || !request_parse(rq, &fr))
		agent_die("malformed request from the host");
}

/*
 * The host wants to know what the command's processes paid for fork: what the kernel has summed up
 * of this one's ended children, a line an item, goes to the log, where the host looks for it.
 */
static void
say_stats(void)
{
	char line[256], name[32];
	unsigned long long last, total, children;
	FILE *f = fopen("/proc/self/forkstat", "re");

	if (f == NULL) {
		agent_say("/proc/self/forkstat: %s", strerror(errno));
		return;
	}
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%31s %llu %llu %llu", name, &last, &total, &children) == 4)
			agent_say("stats: %-15s %15llu", name, children);
	fclose(f);
}

/* The command could not be run: the host is told why. */
static void
refuse(struct port *pt, int status, const char *text)
{
	uint8_t b[4 + BIDENT_TEXT_MAX];
	size_t len = strlen(text);
	struct frame fr;

	bident_put32(b, (uint32_t)status);
	memcpy(b + 4, text, len);
	port_put(pt, BIDENT_MSG_ERROR, 0, b, 4 + len);
	if (!port_flush_all(pt))
		return;
	while (port_wait_frame(pt, &fr) && fr.fr_type != BIDENT_MSG_BYE)
		;
}

static void
serve(struct port *pt)
{
	static char text[BIDENT_TEXT_MAX];
	struct request rq;
	struct child ch;
	int status;

	say_hello(pt);
	get_request(pt, &rq);
	if (!child_start(&ch, &rq, &status, text, sizeof(text))) {
		refuse(pt, status, text);
		return;
	}
	port_put32(pt, BIDENT_MSG_STARTED, 0, (uint32_t)ch.ch_pid);
	relay_run(pt, &ch, sigchld_pipe[0]);
	if (wants_stats)
		say_stats();
}

int
main(int argc, char **argv)
{
	struct port pt;
	int fd;

	is_test = argc == 3 && strcmp(argv[1], "--fd") == 0;
	if (!is_test && getpid() != 1) {
		fprintf(stderr, "bident-init: this is process 1 of a machine that `bident run` "
		    "starts; it does nothing elsewhere\n");
		return 125;
	}
	setup_std_fds();
	setup_signals();
	if (is_test) {
		fd = atoi(argv[2]);
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	} else {
		setup_root();
		fd = open_port();
	}
	port_init(&pt, fd);
	serve(&pt);
	power_off();
}
