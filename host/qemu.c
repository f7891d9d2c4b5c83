/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual machine: QEMU's command line, and its process.
 *
 * The machine is QEMU's "microvm": a serial line for the kernel's messages, a virtio-serial port
 * for the agent, and isa-debug-exit, by which the kernel says how it ended. The two lines are
 * socket pairs, the boot archive is a memory file: QEMU inherits descriptors, so there is nothing
 * in any folder to clean up, and nobody else can connect. A machine with a time limit gets QEMU's
 * monitor (QMP) on a third, by which a guest that hangs can be asked where it is.
 *
 * QEMU runs in a session of its own: the keys that make signals on our terminal are not its
 * business. It is killed by the kernel of the host when we die, however we die.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bident.h"

#define ARGS_MAX	96

struct args {
	char	*ar_v[ARGS_MAX];
	size_t	 ar_n;
};

static void
add(struct args *ar, char *arg)
{
	if (ar->ar_n + 1 >= ARGS_MAX)
		die("too many arguments for QEMU");
	ar->ar_v[ar->ar_n++] = arg;
	ar->ar_v[ar->ar_n] = NULL;
}

static void
add2(struct args *ar, const char *option, char *value)
{
	add(ar, xprintf("%s", option));
	add(ar, value);
}

static enum accel
choose_accel(const struct run_options *ro)
{
	char why[200];
	enum kvm_state state;

	if (ro->ro_accel == ACCEL_TCG)
		return ACCEL_TCG;
	state = kvm_probe(why, sizeof(why));
	if (state == KVM_USABLE) {
		say_note("KVM is usable (%s)", why);
		return ACCEL_KVM;
	}
	if (ro->ro_accel == ACCEL_KVM)
		die("KVM is not usable: %s; leave out --accel kvm to run emulated", why);
	say_note("KVM is not usable (%s): using TCG, QEMU's emulator", why);
	return ACCEL_TCG;
}

static void
add_processor(struct args *ar, const struct run_options *ro)
{
	enum accel accel = choose_accel(ro);

	if (accel == ACCEL_KVM) {
		add2(ar, "-accel", xprintf("kvm"));
		add2(ar, "-cpu", xprintf("host"));
	} else {
		add2(ar, "-accel", xprintf(ro->ro_virtual_time ? "tcg,thread=single" : "tcg"));
		add2(ar, "-cpu", xprintf("max"));
	}
	add2(ar, "-smp", xprintf("%u", ro->ro_cpus));
	add2(ar, "-m", xprintf("%lluk", (unsigned long long)(ro->ro_mem >> 10)));
	if (ro->ro_virtual_time) {
		add2(ar, "-icount", xprintf("shift=0,sleep=off"));
		add2(ar, "-rtc", xprintf("base=2024-01-01,clock=vm"));
		add2(ar, "-seed", xprintf("1"));
	}
}

static void
add_devices(struct args *ar, int port_fd, int log_fd, int qmp_fd)
{
	add2(ar, "-chardev", xprintf("socket,id=log,fd=%d", log_fd));
	add2(ar, "-serial", xprintf("chardev:log"));
	add2(ar, "-global", xprintf("virtio-mmio.force-legacy=false"));
	add2(ar, "-device", xprintf("virtio-serial-device,max_ports=2"));
	add2(ar, "-chardev", xprintf("socket,id=port,fd=%d", port_fd));
	add2(ar, "-device", xprintf("virtserialport,chardev=port,name=" BIDENT_PORT_NAME));
	add2(ar, "-device", xprintf("isa-debug-exit,iobase=0xf4,iosize=4"));
	if (qmp_fd >= 0) {
		add2(ar, "-chardev", xprintf("socket,id=qmp,fd=%d", qmp_fd));
		add2(ar, "-mon", xprintf("chardev=qmp,mode=control"));
	}
}

/* For debugging: more arguments from the environment, divided by spaces. */
static void
add_extra(struct args *ar)
{
	const char *env = getenv("BIDENT_QEMU_ARGS");
	char *copy, *word;

	if (env == NULL)
		return;
	copy = xprintf("%s", env);
	for (word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
		add(ar, word);
}

/*
 * The rate of the guest's cycle counter, in kHz: one an instruction of 1 ns, or the host's own. A
 * microvm has no timer by which Linux could find it out for sure.
 */
static unsigned long
tsc_khz(const struct run_options *ro)
{
	struct timespec a, b;
	uint64_t start, ns;

	if (ro->ro_virtual_time)
		return 1000000;
	clock_gettime(CLOCK_MONOTONIC, &a);
	start = __builtin_ia32_rdtsc();
	do {
		clock_gettime(CLOCK_MONOTONIC, &b);
		ns = (uint64_t)((b.tv_sec - a.tv_sec) * 1000000000 + (b.tv_nsec - a.tv_nsec));
	} while (ns < 10 * 1000 * 1000);
	return (unsigned long)((__builtin_ia32_rdtsc() - start) * 1000000 / ns);
}

static char *
kernel_parameters(const struct run_options *ro)
{
	if (ro->ro_linux == NULL)
		return xprintf("init=/.bident/init%s", ro->ro_append);
	return xprintf("rdinit=/.bident/init bident.linux console=ttyS0 reboot=t panic=-1 "
	    "tsc=reliable no_timer_check tsc_early_khz=%lu init_on_alloc=0%s", tsc_khz(ro),
	    ro->ro_append);
}

static void
make_args(struct args *ar, const struct run_options *ro, const struct image *im, int port_fd,
    int log_fd, int qmp_fd)
{
	add(ar, xprintf("%s", ro->ro_qemu));
	/* Linux finds the devices by ACPI only; our kernel by the command line QEMU adds to. */
	add2(ar, "-M", xprintf("microvm,acpi=%s,rtc=on", ro->ro_linux != NULL ? "on" : "off"));
	add(ar, xprintf("-nodefaults"));
	add(ar, xprintf("-no-user-config"));
	add(ar, xprintf("-no-reboot"));
	add2(ar, "-display", xprintf("none"));
	add_processor(ar, ro);
	add_devices(ar, port_fd, log_fd, qmp_fd);
	add2(ar, "-kernel", xprintf("%s", im->im_kernel));
	add2(ar, "-initrd", xprintf("/dev/fd/%d", im->im_initrd));
	add2(ar, "-append", kernel_parameters(ro));
	add_extra(ar);
}

static void
note_args(const struct args *ar)
{
	char *line = xprintf("%s", ""), *longer;
	size_t i;

	if (!say_verbose)
		return;
	for (i = 0; i < ar->ar_n; i++) {
		bool quote = strpbrk(ar->ar_v[i], " '\"$\\&;") != NULL || *ar->ar_v[i] == 0;

		longer = xprintf("%s %s%s%s", line, quote ? "'" : "", ar->ar_v[i],
		    quote ? "'" : "");
		free(line);
		line = longer;
	}
	say_note("starting%s", line);
	free(line);
}

static void
keep_open(int fd)
{
	(void)fcntl(fd, F_SETFD, 0);
}

/* In the child: becomes QEMU, or reports why not and ends. */
static _Noreturn void
become_qemu(struct args *ar, pid_t parent, int err_fd, int report_fd)
{
	sigset_t none;
	int null, error;

	(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)	/* it died before the line above */
		_exit(1);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(err_fd, STDOUT_FILENO);
	(void)dup2(err_fd, STDERR_FILENO);
	(void)signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(ar->ar_v[0], ar->ar_v);
	error = errno;
	(void)!write(report_fd, &error, sizeof(error));
	_exit(127);
}

static void
make_socket(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		die("cannot make a socket pair: %s", strerror(errno));
}

static void
make_pipe(int pair[2])
{
	if (pipe2(pair, O_CLOEXEC) != 0)
		die("cannot make a pipe: %s", strerror(errno));
}

static void
check_exec(const struct run_options *ro, int report_fd)
{
	int error = 0;

	if (read(report_fd, &error, sizeof(error)) != (ssize_t)sizeof(error))
		return;
	if (error == ENOENT)
		die("cannot find '%s': install QEMU (Debian: apt install qemu-system-x86) or name "
		    "the program in BIDENT_QEMU", ro->ro_qemu);
	die("cannot run '%s': %s", ro->ro_qemu, strerror(error));
}

void
machine_start(struct machine *mc, const struct run_options *ro, const struct image *im)
{
	int port[2], log[2], qmp[2] = { -1, -1 }, err[2], report[2];
	struct args ar = { .ar_n = 0 };
	pid_t parent = getpid();

	make_socket(port);
	make_socket(log);
	if (ro->ro_timeout_ms != 0 && ro->ro_linux == NULL)
		make_socket(qmp);
	make_pipe(err);
	make_pipe(report);
	make_args(&ar, ro, im, port[1], log[1], qmp[1]);
	note_args(&ar);
	mc->mc_pid = fork();
	if (mc->mc_pid < 0)
		die("cannot start a process: %s", strerror(errno));
	if (mc->mc_pid == 0) {
		keep_open(port[1]);
		keep_open(log[1]);
		if (qmp[1] >= 0)
			keep_open(qmp[1]);
		keep_open(im->im_initrd);
		become_qemu(&ar, parent, err[1], report[1]);
	}
	close(port[1]);
	close(log[1]);
	if (qmp[1] >= 0)
		close(qmp[1]);
	close(err[1]);
	close(report[1]);
	mc->mc_port = port[0];
	mc->mc_log = log[0];
	mc->mc_err = err[0];
	mc->mc_qmp = qmp[0];
	mc->mc_dead = false;
	(void)fcntl(mc->mc_port, F_SETFL, O_RDWR | O_NONBLOCK);
	(void)fcntl(mc->mc_log, F_SETFL, O_RDWR | O_NONBLOCK);
	(void)fcntl(mc->mc_err, F_SETFL, O_NONBLOCK);
	check_exec(ro, report[0]);
	close(report[0]);
	close(im->im_initrd);
}

/*
 * QEMU takes the two commands one after the other. What it says (a greeting, results) is nothing to
 * us and fits into the socket's buffer: the answer that matters comes from the kernel.
 */
bool
machine_inject_nmi(struct machine *mc)
{
	static const char commands[] =
	    "{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"inject-nmi\"}\n";

	return mc->mc_qmp >= 0 && !mc->mc_dead &&
	    send(mc->mc_qmp, commands, sizeof(commands) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    (ssize_t)(sizeof(commands) - 1);
}

void
machine_kill(struct machine *mc)
{
	if (mc->mc_dead)
		return;
	(void)kill(mc->mc_pid, SIGKILL);
	while (waitpid(mc->mc_pid, &mc->mc_status, 0) < 0 && errno == EINTR)
		;
	mc->mc_dead = true;
}
