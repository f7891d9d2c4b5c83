/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of the Linux ABI on x86-64: structures and numbers as programs see them. uapi_check.c
 * compares every one of them with Linux's own headers at compile time, so this file needs none of
 * these headers (whose type names clash with the kernel's). Numbers that the core shares with Linux
 * (errno, signals, O_*, S_IF*, POLL*) are the core's; uapi_check.c asserts their equality too.
 */
#ifndef LINUX_ABI_H
#define LINUX_ABI_H

#include "lib/klib.h"

/* time */
struct linux_timespec {
	int64_t		tv_sec;
	int64_t		tv_nsec;
};

struct linux_timeval {
	int64_t		tv_sec;
	int64_t		tv_usec;
};

struct linux_timezone {
	int32_t		tz_minuteswest;
	int32_t		tz_dsttime;
};

struct linux_itimerval {
	struct linux_timeval it_interval;
	struct linux_timeval it_value;
};

struct linux_itimerspec {
	struct linux_timespec it_interval;
	struct linux_timespec it_value;
};

struct linux_utimbuf {
	int64_t		actime;
	int64_t		modtime;
};

struct linux_tms {
	int64_t		tms_utime;
	int64_t		tms_stime;
	int64_t		tms_cutime;
	int64_t		tms_cstime;
};

#define LX_HZ			100	/* of times(2), and of /proc/<pid>/stat */

#define LX_CLOCK_REALTIME		0
#define LX_CLOCK_MONOTONIC		1
#define LX_CLOCK_PROCESS_CPUTIME_ID	2
#define LX_CLOCK_THREAD_CPUTIME_ID	3
#define LX_CLOCK_MONOTONIC_RAW		4
#define LX_CLOCK_REALTIME_COARSE	5
#define LX_CLOCK_MONOTONIC_COARSE	6
#define LX_CLOCK_BOOTTIME		7
#define LX_CLOCK_TAI			11
#define LX_TIMER_ABSTIME		1
#define LX_ITIMER_REAL			0
#define LX_ITIMER_VIRTUAL		1
#define LX_ITIMER_PROF			2
#define LX_UTIME_NOW			((1l << 30) - 1l)
#define LX_UTIME_OMIT			((1l << 30) - 2l)

/* files */
struct linux_stat {
	uint64_t	st_dev;
	uint64_t	st_ino;
	uint64_t	st_nlink;
	uint32_t	st_mode;
	uint32_t	st_uid;
	uint32_t	st_gid;
	uint32_t	st_pad0;
	uint64_t	st_rdev;
	int64_t		st_size;
	int64_t		st_blksize;
	int64_t		st_blocks;
	uint64_t	st_atime_sec;
	uint64_t	st_atime_nsec;
	uint64_t	st_mtime_sec;
	uint64_t	st_mtime_nsec;
	uint64_t	st_ctime_sec;
	uint64_t	st_ctime_nsec;
	int64_t		st_reserved[3];
};

struct linux_statx_time {
	int64_t		tv_sec;
	uint32_t	tv_nsec;
	int32_t		pad;
};

struct linux_statx {
	uint32_t	stx_mask;
	uint32_t	stx_blksize;
	uint64_t	stx_attributes;
	uint32_t	stx_nlink;
	uint32_t	stx_uid;
	uint32_t	stx_gid;
	uint16_t	stx_mode;
	uint16_t	stx_pad0;
	uint64_t	stx_ino;
	uint64_t	stx_size;
	uint64_t	stx_blocks;
	uint64_t	stx_attributes_mask;
	struct linux_statx_time stx_atime;
	struct linux_statx_time stx_btime;
	struct linux_statx_time stx_ctime;
	struct linux_statx_time stx_mtime;
	uint32_t	stx_rdev_major;
	uint32_t	stx_rdev_minor;
	uint32_t	stx_dev_major;
	uint32_t	stx_dev_minor;
	uint64_t	stx_mnt_id;
	uint64_t	stx_spare[13];
};

#define LX_STATX_BASIC_STATS	0x7ffu
#define LX_STATX_BTIME		0x800u
#define LX_STATX_RESERVED	0x80000000u

struct linux_statfs {
	int64_t		f_type;
	int64_t		f_bsize;
	uint64_t	f_blocks;
	uint64_t	f_bfree;
	uint64_t	f_bavail;
	uint64_t	f_files;
	uint64_t	f_ffree;
	int32_t		f_fsid[2];
	int64_t		f_namelen;
	int64_t		f_frsize;
	int64_t		f_flags;
	int64_t		f_spare[4];
};

struct linux_iovec {
	uint64_t	iov_base;
	uint64_t	iov_len;
};

/* What precedes the name in a record of getdents64(2); the record is padded to 8 bytes. */
struct linux_dirent64 {
	uint64_t	d_ino;
	int64_t		d_off;
	uint16_t	d_reclen;
	uint8_t		d_type;
	char		d_name[];
} __packed;

/* The same of getdents(2): the type stands in the record's last byte. */
struct linux_dirent {
	uint64_t	d_ino;
	uint64_t	d_off;
	uint16_t	d_reclen;
	char		d_name[];
} __packed;

struct linux_flock {
	int16_t		l_type;
	int16_t		l_whence;
	int64_t		l_start;
	int64_t		l_len;
	int32_t		l_pid;
};

#define LX_AT_FDCWD		(-100)
#define LX_AT_SYMLINK_NOFOLLOW	0x100
#define LX_AT_REMOVEDIR		0x200
#define LX_AT_EACCESS		0x200
#define LX_AT_SYMLINK_FOLLOW	0x400
#define LX_AT_NO_AUTOMOUNT	0x800
#define LX_AT_EMPTY_PATH	0x1000
#define LX_AT_STATX_SYNC_TYPE	0x6000
#define LX_AT_RECURSIVE		0x8000

#define LX_F_DUPFD		0
#define LX_F_GETFD		1
#define LX_F_SETFD		2
#define LX_F_GETFL		3
#define LX_F_SETFL		4
#define LX_F_GETLK		5
#define LX_F_SETLK		6
#define LX_F_SETLKW		7
#define LX_F_SETOWN		8
#define LX_F_GETOWN		9
#define LX_F_SETSIG		10
#define LX_F_GETSIG		11
#define LX_F_OFD_GETLK		36
#define LX_F_OFD_SETLK		37
#define LX_F_OFD_SETLKW		38
#define LX_F_DUPFD_CLOEXEC	1030
#define LX_F_SETPIPE_SZ		1031
#define LX_F_GETPIPE_SZ		1032
#define LX_F_RDLCK		0
#define LX_F_WRLCK		1
#define LX_F_UNLCK		2
#define LX_FD_CLOEXEC		1

#define LX_LOCK_SH		1
#define LX_LOCK_EX		2
#define LX_LOCK_NB		4
#define LX_LOCK_UN		8

#define LX_R_OK			4
#define LX_W_OK			2
#define LX_X_OK			1

#define LX_RENAME_NOREPLACE	1
#define LX_RENAME_EXCHANGE	2
#define LX_RENAME_WHITEOUT	4

#define LX_FALLOC_KEEP_SIZE	0x1
#define LX_FALLOC_PUNCH_HOLE	0x2
#define LX_FALLOC_ZERO_RANGE	0x10

#define LX_CLOSE_RANGE_UNSHARE	0x2
#define LX_CLOSE_RANGE_CLOEXEC	0x4

#define LX_IOV_MAX		1024
#define LX_RW_MAX		0x7ffff000ul	/* most bytes that one call moves */

#define LX_FIOCLEX		0x5451
#define LX_FIONCLEX		0x5450
#define LX_FIONBIO		0x5421
#define LX_FIOASYNC		0x5452

#define LX_MFD_CLOEXEC		1u
#define LX_MFD_ALLOW_SEALING	2u

/* memory */
#define LX_PROT_READ		0x1
#define LX_PROT_WRITE		0x2
#define LX_PROT_EXEC		0x4
#define LX_PROT_SEM		0x8
#define LX_PROT_GROWSDOWN	0x01000000
#define LX_PROT_GROWSUP		0x02000000
#define LX_MAP_SHARED		0x01
#define LX_MAP_PRIVATE		0x02
#define LX_MAP_SHARED_VALIDATE	0x03
#define LX_MAP_TYPE		0x0f
#define LX_MAP_FIXED		0x10
#define LX_MAP_ANONYMOUS	0x20
#define LX_MAP_32BIT		0x40
#define LX_MAP_GROWSDOWN	0x0100
#define LX_MAP_DENYWRITE	0x0800
#define LX_MAP_LOCKED		0x2000
#define LX_MAP_NORESERVE	0x4000
#define LX_MAP_POPULATE		0x8000
#define LX_MAP_FIXED_NOREPLACE	0x100000
#define LX_MREMAP_MAYMOVE	1
#define LX_MREMAP_FIXED		2
#define LX_MREMAP_DONTUNMAP	4
#define LX_MS_ASYNC		1
#define LX_MS_INVALIDATE	2
#define LX_MS_SYNC		4
#define LX_MADV_NORMAL		0
#define LX_MADV_RANDOM		1
#define LX_MADV_SEQUENTIAL	2
#define LX_MADV_WILLNEED	3
#define LX_MADV_DONTNEED	4
#define LX_MADV_FREE		8
#define LX_MADV_DONTFORK	10
#define LX_MADV_DOFORK		11
#define LX_MADV_HUGEPAGE	14
#define LX_MADV_NOHUGEPAGE	15
#define LX_MADV_DONTDUMP	16
#define LX_MADV_DODUMP		17
#define LX_MADV_WIPEONFORK	18
#define LX_MADV_KEEPONFORK	19
#define LX_MADV_COLD		20
#define LX_MADV_PAGEOUT		21
#define LX_MCL_CURRENT		1
#define LX_MCL_FUTURE		2
#define LX_MCL_ONFAULT		4

/* processes */
struct linux_rusage {
	struct linux_timeval ru_utime;
	struct linux_timeval ru_stime;
	int64_t		ru_maxrss;
	int64_t		ru_ixrss;
	int64_t		ru_idrss;
	int64_t		ru_isrss;
	int64_t		ru_minflt;
	int64_t		ru_majflt;
	int64_t		ru_nswap;
	int64_t		ru_inblock;
	int64_t		ru_oublock;
	int64_t		ru_msgsnd;
	int64_t		ru_msgrcv;
	int64_t		ru_nsignals;
	int64_t		ru_nvcsw;
	int64_t		ru_nivcsw;
};

struct linux_rlimit {
	uint64_t	rlim_cur;
	uint64_t	rlim_max;
};

struct linux_clone_args {
	uint64_t	flags;
	uint64_t	pidfd;
	uint64_t	child_tid;
	uint64_t	parent_tid;
	uint64_t	exit_signal;
	uint64_t	stack;
	uint64_t	stack_size;
	uint64_t	tls;
	uint64_t	set_tid;
	uint64_t	set_tid_size;
	uint64_t	cgroup;
};

#define LX_CSIGNAL		0x000000ffu
#define LX_CLONE_VM		0x00000100u
#define LX_CLONE_FS		0x00000200u
#define LX_CLONE_FILES		0x00000400u
#define LX_CLONE_SIGHAND	0x00000800u
#define LX_CLONE_PIDFD		0x00001000u
#define LX_CLONE_PTRACE		0x00002000u
#define LX_CLONE_VFORK		0x00004000u
#define LX_CLONE_PARENT		0x00008000u
#define LX_CLONE_THREAD		0x00010000u
#define LX_CLONE_NEWNS		0x00020000u
#define LX_CLONE_SYSVSEM	0x00040000u
#define LX_CLONE_SETTLS		0x00080000u
#define LX_CLONE_PARENT_SETTID	0x00100000u
#define LX_CLONE_CHILD_CLEARTID	0x00200000u
#define LX_CLONE_DETACHED	0x00400000u
#define LX_CLONE_UNTRACED	0x00800000u
#define LX_CLONE_CHILD_SETTID	0x01000000u
#define LX_CLONE_NEWCGROUP	0x02000000u
#define LX_CLONE_NEWUTS		0x04000000u
#define LX_CLONE_NEWIPC		0x08000000u
#define LX_CLONE_NEWUSER	0x10000000u
#define LX_CLONE_NEWPID		0x20000000u
#define LX_CLONE_NEWNET		0x40000000u
#define LX_CLONE_IO		0x80000000u
/* clone3's alone */
#define LX_CLONE_NEWTIME	0x00000080u
#define LX_CLONE_CLEAR_SIGHAND	0x100000000ull
#define LX_CLONE_INTO_CGROUP	0x200000000ull
#define LX_CLONE_LEGACY_FLAGS	0xffffffffull

#define LX_WNOHANG		0x00000001
#define LX_WUNTRACED		0x00000002
#define LX_WSTOPPED		0x00000002
#define LX_WEXITED		0x00000004
#define LX_WCONTINUED		0x00000008
#define LX_WNOWAIT		0x01000000
#define LX_WNOTHREAD		0x20000000
#define LX_WALL			0x40000000
#define LX_WCLONE		0x80000000u
#define LX_P_ALL		0
#define LX_P_PID		1
#define LX_P_PGID		2
#define LX_P_PIDFD		3

#define LX_RUSAGE_SELF		0
#define LX_RUSAGE_CHILDREN	(-1)
#define LX_RUSAGE_THREAD	1

#define LX_ARCH_SET_GS		0x1001
#define LX_ARCH_SET_FS		0x1002
#define LX_ARCH_GET_FS		0x1003
#define LX_ARCH_GET_GS		0x1004

#define LX_PR_SET_PDEATHSIG	1
#define LX_PR_GET_PDEATHSIG	2
#define LX_PR_GET_DUMPABLE	3
#define LX_PR_SET_DUMPABLE	4
#define LX_PR_GET_KEEPCAPS	7
#define LX_PR_SET_KEEPCAPS	8
#define LX_PR_SET_NAME		15
#define LX_PR_GET_NAME		16
#define LX_PR_GET_SECCOMP	21
#define LX_PR_CAPBSET_READ	23
#define LX_PR_CAPBSET_DROP	24
#define LX_PR_SET_TIMERSLACK	29
#define LX_PR_GET_TIMERSLACK	30
#define LX_PR_SET_CHILD_SUBREAPER 36
#define LX_PR_GET_CHILD_SUBREAPER 37
#define LX_PR_SET_NO_NEW_PRIVS	38
#define LX_PR_GET_NO_NEW_PRIVS	39
#define LX_PR_GET_TID_ADDRESS	40
#define LX_PR_CAP_AMBIENT	47

#define LX_PRIO_PROCESS		0
#define LX_PRIO_PGRP		1
#define LX_PRIO_USER		2

#define LX_SCHED_OTHER		0
#define LX_SCHED_FIFO		1
#define LX_SCHED_RR		2
#define LX_SCHED_BATCH		3
#define LX_SCHED_IDLE		5

#define LX_FUTEX_WAIT		0
#define LX_FUTEX_WAKE		1
#define LX_FUTEX_REQUEUE	3
#define LX_FUTEX_CMP_REQUEUE	4
#define LX_FUTEX_WAKE_OP	5
#define LX_FUTEX_LOCK_PI	6
#define LX_FUTEX_UNLOCK_PI	7
#define LX_FUTEX_TRYLOCK_PI	8
#define LX_FUTEX_LOCK_PI2	13
#define LX_FUTEX_WAIT_BITSET	9
#define LX_FUTEX_WAKE_BITSET	10
#define LX_FUTEX_PRIVATE_FLAG	128
#define LX_FUTEX_CLOCK_REALTIME	256
#define LX_FUTEX_BITSET_MATCH_ANY 0xffffffffu
#define LX_FUTEX_WAITERS	0x80000000u
#define LX_FUTEX_OWNER_DIED	0x40000000u
#define LX_FUTEX_TID_MASK	0x3fffffffu

struct linux_robust_list_head {
	uint64_t	list;
	int64_t		futex_offset;
	uint64_t	list_op_pending;
};

#define LX_MEMBARRIER_QUERY				0
#define LX_MEMBARRIER_GLOBAL				1
#define LX_MEMBARRIER_GLOBAL_EXPEDITED			2
#define LX_MEMBARRIER_REGISTER_GLOBAL_EXPEDITED		4
#define LX_MEMBARRIER_PRIVATE_EXPEDITED			8
#define LX_MEMBARRIER_REGISTER_PRIVATE_EXPEDITED	16

/* capabilities */
struct linux_cap_header {
	uint32_t	version;
	int32_t		pid;
};

struct linux_cap_data {
	uint32_t	effective;
	uint32_t	permitted;
	uint32_t	inheritable;
};

#define LX_CAP_VERSION_1	0x19980330u
#define LX_CAP_VERSION_2	0x20071026u
#define LX_CAP_VERSION_3	0x20080522u
#define LX_CAP_LAST		40

/* the system */
struct linux_utsname {
	char		sysname[65];
	char		nodename[65];
	char		release[65];
	char		version[65];
	char		machine[65];
	char		domainname[65];
};

struct linux_sysinfo {
	int64_t		uptime;
	uint64_t	loads[3];
	uint64_t	totalram;
	uint64_t	freeram;
	uint64_t	sharedram;
	uint64_t	bufferram;
	uint64_t	totalswap;
	uint64_t	freeswap;
	uint16_t	procs;
	uint16_t	pad;
	uint64_t	totalhigh;
	uint64_t	freehigh;
	uint32_t	mem_unit;
};

#define LX_REBOOT_MAGIC1	0xfee1deadu
#define LX_REBOOT_MAGIC2	672274793u
#define LX_REBOOT_MAGIC2A	85072278u
#define LX_REBOOT_MAGIC2B	369367448u
#define LX_REBOOT_MAGIC2C	537993216u
#define LX_REBOOT_RESTART	0x01234567u
#define LX_REBOOT_HALT		0xcdef0123u
#define LX_REBOOT_CAD_ON	0x89abcdefu
#define LX_REBOOT_CAD_OFF	0x00000000u
#define LX_REBOOT_POWER_OFF	0x4321fedcu

#define LX_GRND_NONBLOCK	1u
#define LX_GRND_RANDOM		2u
#define LX_GRND_INSECURE	4u

/* polling */
struct linux_pollfd {
	int32_t		fd;
	int16_t		events;
	int16_t		revents;
};

struct linux_epoll_event {
	uint32_t	events;
	uint64_t	data;
} __packed;

#define LX_EPOLL_CTL_ADD	1
#define LX_EPOLL_CTL_DEL	2
#define LX_EPOLL_CTL_MOD	3

/* signals */
struct linux_sigaction {
	uint64_t	sa_handler;
	uint64_t	sa_flags;
	uint64_t	sa_restorer;
	uint64_t	sa_mask;
};

struct linux_stack {
	uint64_t	ss_sp;
	int32_t		ss_flags;
	uint32_t	ss_pad;
	uint64_t	ss_size;
};

#define LX_SS_ONSTACK		1
#define LX_SS_DISABLE		2
#define LX_SS_AUTODISARM	0x80000000u
#define LX_MINSIGSTKSZ		2048

#define LX_SA_RESTORER		0x04000000u

#define LX_SIG_BLOCK		0
#define LX_SIG_UNBLOCK		1
#define LX_SIG_SETMASK		2

struct linux_siginfo {
	int32_t		si_signo;
	int32_t		si_errno;
	int32_t		si_code;
	int32_t		si_pad0;
	union {
		struct {
			int32_t	 pid;
			uint32_t uid;
			uint64_t value;
		} rt;				/* kill, tgkill, sigqueue, mqueue */
		struct {
			int32_t	 tid;
			int32_t	 overrun;
			uint64_t value;
		} timer;
		struct {
			int32_t	 pid;
			uint32_t uid;
			int32_t	 status;
			int32_t	 pad;
			int64_t	 utime;
			int64_t	 stime;
		} chld;
		struct {
			uint64_t addr;
		} fault;
		struct {
			int64_t	 band;
			int32_t	 fd;
		} poll;
		uint8_t	 bytes[112];
	} u;
};

struct linux_sigcontext {
	uint64_t	r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t	rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip;
	uint64_t	eflags;
	uint16_t	cs, gs, fs, ss;
	uint64_t	err;
	uint64_t	trapno;
	uint64_t	oldmask;
	uint64_t	cr2;
	uint64_t	fpstate;
	uint64_t	reserved1[8];
};

struct linux_ucontext {
	uint64_t	uc_flags;
	uint64_t	uc_link;
	struct linux_stack uc_stack;
	struct linux_sigcontext uc_mcontext;
	uint64_t	uc_sigmask;
};

#define LX_UC_FP_XSTATE		0x1
#define LX_UC_SIGCONTEXT_SS	0x2
#define LX_UC_STRICT_RESTORE_SS	0x4
#define LX_FP_XSTATE_MAGIC1	0x46505853u
#define LX_FP_XSTATE_MAGIC2	0x46505845u
#define LX_FPX_SW_OFFSET	464	/* of struct linux_fpx_sw_bytes in the FXSAVE image */

/* What says, inside the legacy part of the saved FPU state, that more follows it. */
struct linux_fpx_sw_bytes {
	uint32_t	magic1;
	uint32_t	extended_size;
	uint64_t	xfeatures;
	uint32_t	xstate_size;
	uint32_t	padding[7];
};

/* The frame at the top of a handler's stack. The FPU state lies above it. */
struct linux_sigframe {
	uint64_t	restorer;	/* the handler's return address */
	struct linux_ucontext uc;
	struct linux_siginfo info;
};

STATIC_ASSERT(sizeof(struct linux_siginfo) == 128);
STATIC_ASSERT(sizeof(struct linux_ucontext) == 304);
STATIC_ASSERT(sizeof(struct linux_stat) == 144);
STATIC_ASSERT(sizeof(struct linux_statx) == 256);

#endif
