/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on the machine as a whole: its name, its memory, its log, its end; random numbers;
 * and the socket calls, which have nothing behind them yet.
 */
#include "abi/linux/linux_int.h"

#include "fs/devfs/random.h"
#include "fs/procfs/sysname.h"
#include "mem/cache.h"
#include "mem/page.h"
#include "sched/clock.h"

int
linux_sys_uname(struct linux_call *c)
{
	struct linux_utsname uts;

	memset(&uts, 0, sizeof(uts));
	strlcpy(uts.sysname, SYSNAME_SYSNAME, sizeof(uts.sysname));
	strlcpy(uts.release, SYSNAME_RELEASE, sizeof(uts.release));
	strlcpy(uts.version, SYSNAME_VERSION, sizeof(uts.version));
	strlcpy(uts.machine, SYSNAME_MACHINE, sizeof(uts.machine));
	sysname_get(SYSNAME_HOST, uts.nodename, sizeof(uts.nodename));
	sysname_get(SYSNAME_DOMAIN, uts.domainname, sizeof(uts.domainname));
	return copyout(&uts, uptr(ARG_VA(c, 0)), sizeof(uts));
}

static bool
linux_is_root(struct linux_call *c)
{
	struct cred *cred = proc_cred_hold(c->lc_proc);
	bool root = cred_is_root(cred);

	cred_drop(cred);
	return root;
}

static int
linux_set_name(struct linux_call *c, enum sysname_which which)
{
	char name[SYSNAME_MAX];
	int error;

	if (!linux_is_root(c))
		return EPERM;
	if (c->lc_arg[1] > sizeof(name))
		return EINVAL;
	if ((error = copyin(uptr(ARG_VA(c, 0)), name, c->lc_arg[1])) != 0)
		return error;
	return sysname_set(which, name, c->lc_arg[1]);
}

int
linux_sys_sethostname(struct linux_call *c)
{
	return linux_set_name(c, SYSNAME_HOST);
}

int
linux_sys_setdomainname(struct linux_call *c)
{
	return linux_set_name(c, SYSNAME_DOMAIN);
}

int
linux_sys_sysinfo(struct linux_call *c)
{
	struct linux_sysinfo si = {
		.uptime = (int64_t)(clock_mono_ns() / NSEC_PER_SEC),
		.totalram = pages_total * PAGE_SIZE,
		.freeram = pages_free_count() * PAGE_SIZE,
		.procs = (uint16_t)MIN(proc_count(), 65535u),
		.mem_unit = 1,
	};
	uint32_t load[3];

	sched_loadavg(load);
	for (int i = 0; i < 3; i++)
		si.loads[i] = load[i];
	return copyout(&si, uptr(ARG_VA(c, 0)), sizeof(si));
}

#define LX_SYSLOG_READ		2
#define LX_SYSLOG_READ_ALL	3
#define LX_SYSLOG_READ_CLEAR	4
#define LX_SYSLOG_SIZE_UNREAD	9
#define LX_SYSLOG_SIZE_BUFFER	10
#define LOG_MAX			65536u

static int
linux_syslog_read(struct linux_call *c)
{
	size_t want = MIN((size_t)MAX(ARG_INT(c, 2), 0), (size_t)LOG_MAX), n;
	char *buf;
	int error;

	if (ARG_VA(c, 1) == 0 || ARG_INT(c, 2) < 0)
		return EINVAL;
	if (want == 0)
		return 0;
	if ((buf = kmalloc(want)) == NULL)
		return ENOMEM;
	n = klog_read(buf, want);
	if ((error = copyout(buf, uptr(ARG_VA(c, 1)), n)) == 0)
		c->lc_ret = (int64_t)n;
	kfree(buf);
	return error;
}

/* Reading waits for nothing: there is no count of what was read. */
int
linux_sys_syslog(struct linux_call *c)
{
	switch (ARG_INT(c, 0)) {
	case LX_SYSLOG_READ_ALL:
		return linux_syslog_read(c);
	case LX_SYSLOG_SIZE_BUFFER:
		c->lc_ret = LOG_MAX;
		return 0;
	case LX_SYSLOG_READ:
	case LX_SYSLOG_READ_CLEAR:
		return linux_is_root(c) ? linux_syslog_read(c) : EPERM;
	case 0: case 1: case 5: case 6: case 7: case 8:
	case LX_SYSLOG_SIZE_UNREAD:
		return linux_is_root(c) ? 0 : EPERM;
	default:
		return EINVAL;
	}
}

int
linux_sys_reboot(struct linux_call *c)
{
	uint32_t magic2 = ARG_U32(c, 1);

	if (!linux_is_root(c))
		return EPERM;
	if (ARG_U32(c, 0) != LX_REBOOT_MAGIC1 || (magic2 != LX_REBOOT_MAGIC2 &&
	    magic2 != LX_REBOOT_MAGIC2A && magic2 != LX_REBOOT_MAGIC2B &&
	    magic2 != LX_REBOOT_MAGIC2C))
		return EINVAL;
	switch (ARG_U32(c, 2)) {
	case LX_REBOOT_CAD_ON:
	case LX_REBOOT_CAD_OFF:
		return 0;
	case LX_REBOOT_HALT:
	case LX_REBOOT_POWER_OFF:
		klog(KLOG_INFO, "power off, by %s (%d)\n", c->lc_proc->p_comm, c->lc_proc->p_pid);
		arch_poweroff(POWEROFF_NORMAL);
	case LX_REBOOT_RESTART:
		klog(KLOG_INFO, "restart, by %s (%d)\n", c->lc_proc->p_comm, c->lc_proc->p_pid);
		arch_reset();
	default:
		return EINVAL;
	}
}

int
linux_sys_getrandom(struct linux_call *c)
{
	uint64_t left = MIN(c->lc_arg[1], 0x1ffffffull);
	vaddr_t at = ARG_VA(c, 0);
	uint8_t buf[256];
	int error;

	if ((ARG_U32(c, 2) & ~(LX_GRND_NONBLOCK | LX_GRND_RANDOM | LX_GRND_INSECURE)) != 0 ||
	    (ARG_U32(c, 2) & (LX_GRND_RANDOM | LX_GRND_INSECURE)) ==
	    (LX_GRND_RANDOM | LX_GRND_INSECURE))
		return EINVAL;
	while (left > 0) {
		size_t n = MIN(left, sizeof(buf));

		random_bytes(buf, n);
		if ((error = copyout(buf, uptr(at), n)) != 0)
			return c->lc_ret > 0 ? 0 : error;
		at += n;
		left -= n;
		c->lc_ret += (int64_t)n;
		if (lwp_signal_pending(c->lc_lwp))
			break;
		sched_preempt_point();
	}
	memset(buf, 0, sizeof(buf));
	return 0;
}

/* No address family exists. */
int
linux_sys_socket(struct linux_call *c)
{
	return EAFNOSUPPORT;
}

int
linux_sys_socketpair(struct linux_call *c)
{
	return EAFNOSUPPORT;
}

/* A call on a socket, of which there are none. */
int
linux_sys_notsock(struct linux_call *c)
{
	struct file *f;
	int error;

	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	file_drop(f);
	return ENOTSOCK;
}
