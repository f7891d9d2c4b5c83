/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of /proc that are about the whole system. */
#include "fs/procfs/procfs_int.h"

#include "arch/arch.h"
#include "fs/procfs/sysname.h"
#include "main/main.h"
#include "mem/cache.h"
#include "mem/page.h"
#include "sched/clock.h"
#include "sched/sched.h"
#include "vm/vm.h"

#define TICK_NS		(NSEC_PER_SEC / 100)
#define PAGE_KB		(PAGE_SIZE / 1024)
#define PID_MAX_SHOWN	4194304

static int
show_version(struct text *t, struct pnode *pn __unused)
{
	text_printf(t, SYSNAME_SYSNAME " version " SYSNAME_RELEASE " (bident " BIDENT_VERSION ") "
	    SYSNAME_VERSION "\n");
	return 0;
}

static int
show_cmdline(struct text *t, struct pnode *pn __unused)
{
	text_printf(t, "%s\n", boot_cmdline());
	return 0;
}

static int
show_uptime(struct text *t, struct pnode *pn __unused)
{
	uint64_t now = clock_mono_ns() / TICK_NS, idle = 0, u, s, i;

	for (uint32_t c = 0; c < ncpu; c++) {
		sched_cpu_times(c, &u, &s, &i);
		idle += i;
	}
	idle /= TICK_NS;
	text_printf(t, "%lu.%02lu %lu.%02lu\n", now / 100, now % 100, idle / 100, idle % 100);
	return 0;
}

static int
show_loadavg(struct text *t, struct pnode *pn __unused)
{
	uint32_t load[3];

	sched_loadavg(load);
	for (int i = 0; i < 3; i++) {
		uint32_t v = load[i] + 65536 / 200;	/* rounded to hundredths */

		text_printf(t, "%u.%02u ", v >> 16, (v & 0xffff) * 100 >> 16);
	}
	text_printf(t, "%u/%u %d\n", sched_nrunnable(), proc_count(), proc_last_pid());
	return 0;
}

static void
stat_cpu(struct text *t, uint64_t u, uint64_t s, uint64_t i)
{
	text_printf(t, "%llu 0 %llu %llu 0 0 0 0 0 0\n", u / TICK_NS, s / TICK_NS, i / TICK_NS);
}

static int
show_stat(struct text *t, struct pnode *pn __unused)
{
	uint64_t sum[3] = { 0, 0, 0 }, u, s, i;
	struct fork_counts forks;

	proc_fork_counts(&forks);
	for (uint32_t c = 0; c < ncpu; c++) {
		sched_cpu_times(c, &u, &s, &i);
		sum[0] += u;
		sum[1] += s;
		sum[2] += i;
	}
	text_printf(t, "cpu  ");
	stat_cpu(t, sum[0], sum[1], sum[2]);
	for (uint32_t c = 0; c < ncpu; c++) {
		sched_cpu_times(c, &u, &s, &i);
		text_printf(t, "cpu%u ", c);
		stat_cpu(t, u, s, i);
	}
	text_printf(t,
	    "intr 0\nctxt %lu\nbtime %llu\nprocesses %lu\nprocs_running %u\nprocs_blocked 0\n",
	    sched_switches(), (clock_wall_ns() - clock_mono_ns()) / NSEC_PER_SEC, forks.fc_forks,
	    MAX(sched_nrunnable(), 1u));
	return 0;
}

/*
 * Files in memory are shown as cache, as elsewhere, but cannot be given up: what is free is what
 * there is.
 */
static int
show_meminfo(struct text *t, struct pnode *pn __unused)
{
	uint64_t free = pages_free_count() * PAGE_KB, slab = pages_slab_count() * PAGE_KB;
	uint64_t objects = vm_object_pages() * PAGE_KB;
	static const char *const zero[] = {
		"Buffers", "SwapCached", "Active", "Inactive", "SwapTotal", "SwapFree", "Dirty",
		"Writeback", "Mapped", "SReclaimable",
	};

	text_printf(t, "MemTotal:       %8lu kB\n", pages_total * PAGE_KB);
	text_printf(t, "MemFree:        %8lu kB\n", free);
	text_printf(t, "MemAvailable:   %8lu kB\n", free);
	text_printf(t, "Cached:         %8lu kB\n", objects);
	text_printf(t, "Shmem:          %8lu kB\n", objects);
	for (size_t i = 0; i < nitems(zero); i++)
		text_printf(t, "%s:%*s%8u kB\n", zero[i], (int)(15 - strlen(zero[i])), "", 0u);
	text_printf(t, "Slab:           %8lu kB\n", slab);
	text_printf(t, "SUnreclaim:     %8lu kB\n", slab);
	text_printf(t, "PageTables:     %8lu kB\n", pages_table_count() * PAGE_KB);
	return 0;
}

/* ---- mounts ---- */

struct mounts_arg {
	struct text	*m_text;
	struct vnode	*m_root;
	char		*m_path;
	bool		 m_info;
};

static void
mount_options(struct text *t, uint32_t flags)
{
	text_printf(t, "%s%s%s%s,relatime", (flags & MNT_RDONLY) != 0 ? "ro" : "rw",
	    (flags & MNT_NOSUID) != 0 ? ",nosuid" : "", (flags & MNT_NODEV) != 0 ? ",nodev" : "",
	    (flags & MNT_NOEXEC) != 0 ? ",noexec" : "");
}

/* White space and backslashes would break the lines apart. */
static void
escape_path(struct text *t, const char *path)
{
	for (; *path != '\0'; path++) {
		if (*path == ' ' || *path == '\t' || *path == '\n' || *path == '\\')
			text_printf(t, "\\%03o", (unsigned char)*path);
		else
			text_append(t, path, 1);
	}
}

static bool
mounts_line(struct mount *mnt, void *arg)
{
	struct mounts_arg *m = arg;
	struct text *t = m->m_text;

	vfs_path_show(m->m_root, mnt->mnt_root, m->m_path, VFS_PATH_MAX);
	if (m->m_path[0] != '/')
		return true;		/* not below the caller's root */
	if (m->m_info) {
		text_printf(t, "%u %u %u:%u / ", DEV_MINOR(mnt->mnt_dev),
		    mnt->mnt_parent != NULL ? DEV_MINOR(mnt->mnt_parent->mnt_dev) : 0,
		    DEV_MAJOR(mnt->mnt_dev), DEV_MINOR(mnt->mnt_dev));
		escape_path(t, m->m_path);
		text_printf(t, " ");
		mount_options(t, mnt->mnt_flags);
		text_printf(t, " - %s %s %s\n", mnt->mnt_fstype, mnt->mnt_source,
		    (mnt->mnt_flags & MNT_RDONLY) != 0 ? "ro" : "rw");
		return true;
	}
	text_printf(t, "%s ", mnt->mnt_source);
	escape_path(t, m->m_path);
	text_printf(t, " %s ", mnt->mnt_fstype);
	mount_options(t, mnt->mnt_flags);
	text_printf(t, " 0 0\n");
	return true;
}

void
show_mounts(struct text *t, bool info)
{
	struct mounts_arg m = { .m_text = t, .m_info = info };

	if ((m.m_path = kmalloc(VFS_PATH_MAX)) == NULL) {
		t->t_error = ENOMEM;
		return;
	}
	m.m_root = caller_root();
	mount_foreach(mounts_line, &m);
	vnode_drop(m.m_root);
	kfree(m.m_path);
}

static int
show_filesystems(struct text *t, struct pnode *pn __unused)
{
	text_printf(t, "nodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\nnodev\tramfs\n");
	return 0;
}

#define CPUINFO_MAX	4096u

static int
show_cpuinfo(struct text *t, struct pnode *pn __unused)
{
	char *at;

	for (uint32_t c = 0; c < ncpu; c++) {
		if ((at = text_reserve(t, CPUINFO_MAX)) == NULL)
			return ENOMEM;
		t->t_len += MIN(arch_cpuinfo(c, at, CPUINFO_MAX), (size_t)CPUINFO_MAX - 1);
	}
	return 0;
}

static int
show_devices(struct text *t, struct pnode *pn __unused)
{
	text_printf(t,
	    "Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n136 pts\n"
	    "\nBlock devices:\n");
	return 0;
}

static int
show_swaps(struct text *t, struct pnode *pn __unused)
{
	text_printf(t, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}

/* ---- links ---- */

static int
self_link(struct pnode *pn __unused, char *buf, size_t size)
{
	ksnprintf(buf, size, "%d", curproc()->p_pid);
	return 0;
}

static int
thread_self_link(struct pnode *pn __unused, char *buf, size_t size)
{
	ksnprintf(buf, size, "%d/task/%d", curproc()->p_pid, curlwp()->l_tid);
	return 0;
}

static int
mounts_link(struct pnode *pn __unused, char *buf, size_t size)
{
	strlcpy(buf, "self/mounts", size);
	return 0;
}

/* ---- the table ---- */

const struct pentry root_rows[] = {
	LINK_ROW("self", self_link),
	LINK_ROW("thread-self", thread_self_link),
	LINK_ROW("mounts", mounts_link),
	FILE_ROW("stat", show_stat),
	FILE_ROW("meminfo", show_meminfo),
	FILE_ROW("uptime", show_uptime),
	FILE_ROW("loadavg", show_loadavg),
	FILE_ROW("version", show_version),
	FILE_ROW("cmdline", show_cmdline),
	FILE_ROW("filesystems", show_filesystems),
	FILE_ROW("cpuinfo", show_cpuinfo),
	FILE_ROW("devices", show_devices),
	FILE_ROW("swaps", show_swaps),
	DIR_ROW("sys", procfs_sys_rows),
	DIR_ROW("bident", procfs_bident_rows),
	END_ROW
};
