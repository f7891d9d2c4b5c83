/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers and layouts of NetBSD on amd64 that its programs rely on. Facts only; NB_ keeps the
 * names apart from the core's, which often mean another number.
 */
#ifndef ABI_NETBSD_NETBSD_ABI_H
#define ABI_NETBSD_NETBSD_ABI_H

#include "lib/klib.h"

/* --- ELF --- */
#define NB_NOTE_VERSION		1	/* name "NetBSD": the system's version */
#define NB_NOTE_PAX		3	/* name "PaX" */
#define NB_PAX_MPROTECT		0x01u	/* no memory that was writable becomes executable */
#define NB_PAX_NOMPROTECT	0x02u
#define NB_AT_STACKBASE		13
#define NB_AT_EUID		2000
#define NB_AT_RUID		2001
#define NB_AT_EGID		2002
#define NB_AT_RGID		2003
#define NB_AT_SUN_EXECNAME	2014

/* --- signals --- */
#define NB_NSIG			64
#define NB_SIGCHLD		20

#define NB_SA_ONSTACK		0x01u
#define NB_SA_RESTART		0x02u
#define NB_SA_RESETHAND		0x04u
#define NB_SA_NOCLDSTOP		0x08u
#define NB_SA_NODEFER		0x10u
#define NB_SA_NOCLDWAIT		0x20u
#define NB_SA_SIGINFO		0x40u
#define NB_SA_NOKERNINFO	0x80u
#define NB_SA_ALL		0xffu

#define NB_SIG_BLOCK		1
#define NB_SIG_UNBLOCK		2
#define NB_SIG_SETMASK		3

#define NB_SI_ASYNCIO		(-3)
#define NB_SI_MESGQ		(-4)
#define NB_SI_LWP		(-5)
#define NB_SI_NOINFO		32767

#define NB_SS_ONSTACK		1
#define NB_SS_DISABLE		4

struct netbsd_sigset {
	uint32_t	 bits[4];	/* bit signo - 1 */
};

struct netbsd_sigaction {
	uint64_t	 sa_handler;
	struct netbsd_sigset sa_mask;
	int32_t		 sa_flags;
	int32_t		 sa_pad;
};
STATIC_ASSERT(sizeof(struct netbsd_sigaction) == 32);

struct netbsd_stack {
	uint64_t	 ss_sp;
	uint64_t	 ss_size;
	int32_t		 ss_flags;
	int32_t		 ss_pad;
};

struct netbsd_siginfo {
	int32_t		 si_signo;
	int32_t		 si_code;
	int32_t		 si_errno;
	int32_t		 si_pad;
	union {
		struct {
			int32_t		 pid;
			uint32_t	 uid;
			uint64_t	 value;
		} rt;
		struct {
			int32_t		 pid;
			uint32_t	 uid;
			int32_t		 status;
			uint32_t	 utime, stime;	/* in ticks of NB_HZ */
		} child;
		struct {
			uint64_t	 addr;
			int32_t		 trap, trap2, trap3;
		} fault;
		struct {
			int64_t		 band;
			int32_t		 fd;
		} poll;
		uint8_t		 all[112];
	} u;
};
STATIC_ASSERT(sizeof(struct netbsd_siginfo) == 128);

#define NB_HZ			100

/* Registers of a context, in this order. */
enum {
	NB_RDI, NB_RSI, NB_RDX, NB_RCX, NB_R8, NB_R9, NB_R10, NB_R11, NB_R12, NB_R13, NB_R14,
	NB_R15, NB_RBP,
	NB_RBX, NB_RAX, NB_GS, NB_FS, NB_ES, NB_DS, NB_TRAPNO, NB_ERR, NB_RIP, NB_CS, NB_RFLAGS,
	NB_RSP, NB_SS,
	NB_NGREG
};

#define NB_UC_SIGMASK		0x01u
#define NB_UC_STACK		0x02u
#define NB_UC_CPU		0x04u
#define NB_UC_FPU		0x08u
#define NB_UC_SETSTACK		0x10000u
#define NB_UC_CLRSTACK		0x20000u
#define NB_UC_TLSBASE		0x80000u

struct netbsd_ucontext {
	uint32_t	 uc_flags;
	uint32_t	 uc_pad;
	uint64_t	 uc_link;
	struct netbsd_sigset uc_sigmask;
	struct netbsd_stack uc_stack;
	uint64_t	 uc_gregs[NB_NGREG];
	uint64_t	 uc_tlsbase;
	uint8_t		 uc_fpregs[512];	/* as FXSAVE has it */
};
STATIC_ASSERT(sizeof(struct netbsd_ucontext) == 784);

struct netbsd_sigframe {
	uint64_t	 sf_ra;		/* the trampoline */
	struct netbsd_siginfo sf_info;
	struct netbsd_ucontext sf_uc;
};
STATIC_ASSERT(sizeof(struct netbsd_sigframe) == 920);

/* --- processes --- */
#define NB_CLONE_CSIGNAL	0x000000ffu
#define NB_CLONE_VM		0x00000100u
#define NB_CLONE_FS		0x00000200u
#define NB_CLONE_FILES		0x00000400u
#define NB_CLONE_SIGHAND	0x00000800u
#define NB_CLONE_VFORK		0x00004000u

#define NB_LWP_DETACHED		0x40u
#define NB_LWP_SUSPENDED	0x80u

#define NB_RAS_INSTALL		0
#define NB_RAS_PURGE		1
#define NB_RAS_PURGE_ALL	2

#define NB_WNOHANG		0x01u
#define NB_WUNTRACED		0x02u
#define NB_WALTSIG		0x04u
#define NB_WALLSIG		0x08u
#define NB_WCONTINUED		0x10u
#define NB_WEXITED		0x20u
#define NB_WTRAPPED		0x40u
#define NB_WNOWAIT		0x10000u
#define NB_WNOZOMBIE		0x20000u
#define NB_WALL			(NB_WNOHANG | NB_WUNTRACED | NB_WALTSIG | NB_WALLSIG | \
	NB_WCONTINUED | NB_WEXITED | NB_WTRAPPED | NB_WNOWAIT | NB_WNOZOMBIE)

/* idtype_t, as sys/idtype.h numbers them. */
#define NB_P_ALL		0
#define NB_P_PID		1
#define NB_P_PGID		4
#define NB_P_SID		5
#define NB_P_UID		7
#define NB_P_GID		8

struct netbsd_timeval {
	int64_t		 tv_sec;
	int32_t		 tv_usec;
	int32_t		 tv_pad;
};

struct netbsd_timespec {
	int64_t		 tv_sec;
	int64_t		 tv_nsec;
};

struct netbsd_rusage {
	struct netbsd_timeval ru_utime, ru_stime;
	int64_t		 ru_maxrss, ru_ixrss, ru_idrss, ru_isrss, ru_minflt, ru_majflt, ru_nswap,
	    ru_inblock,
			 ru_oublock, ru_msgsnd, ru_msgrcv, ru_nsignals, ru_nvcsw, ru_nivcsw;
};
STATIC_ASSERT(sizeof(struct netbsd_rusage) == 144);

struct netbsd_rlimit {
	uint64_t	 rlim_cur, rlim_max;
};
#define NB_RLIM_INFINITY	0x7fffffffffffffffull
#define NB_RLIM_NLIMITS		12

#define NB_RUSAGE_SELF		0
#define NB_RUSAGE_CHILDREN	(-1)

#define NB_SCHED_NONE		(-1)
#define NB_SCHED_OTHER		0

/* --- posix_spawn --- */
#define NB_SPAWN_RESETIDS	0x01
#define NB_SPAWN_SETPGROUP	0x02
#define NB_SPAWN_SETSCHEDPARAM	0x04
#define NB_SPAWN_SETSCHEDULER	0x08
#define NB_SPAWN_SETSIGDEF	0x10
#define NB_SPAWN_SETSIGMASK	0x20
#define NB_SPAWN_RETURNERROR	0x40	/* errors are always returned here */

struct netbsd_spawnattr {
	int16_t		 sa_flags;
	int16_t		 sa_pad;
	int32_t		 sa_pgroup;
	int32_t		 sa_priority;
	int32_t		 sa_policy;
	struct netbsd_sigset sa_sigdefault;
	struct netbsd_sigset sa_sigmask;
};
STATIC_ASSERT(sizeof(struct netbsd_spawnattr) == 48);

#define NB_FAE_OPEN		0
#define NB_FAE_DUP2		1
#define NB_FAE_CLOSE		2
#define NB_FAE_CHDIR		3
#define NB_FAE_FCHDIR		4

struct netbsd_file_action {
	int32_t		 fae_action;
	int32_t		 fae_fd;
	union {
		struct {
			uint64_t	 path;
			int32_t		 oflag;
			uint32_t	 mode;
		} open;
		int32_t		 newfd;
	} u;
};
STATIC_ASSERT(sizeof(struct netbsd_file_action) == 24);

struct netbsd_file_actions {
	uint32_t	 fa_size, fa_len;
	uint64_t	 fa_fae;
};

/* --- memory --- */
#define NB_MAP_SHARED		0x0001u
#define NB_MAP_PRIVATE		0x0002u
#define NB_MAP_FIXED		0x0010u
#define NB_MAP_TRYFIXED		0x0400u
#define NB_MAP_ANON		0x1000u

#define NB_INHERIT_SHARE	0
#define NB_INHERIT_COPY		1
#define NB_INHERIT_NONE		2
#define NB_INHERIT_ZERO		4

#define NB_MADV_NORMAL		0
#define NB_MADV_RANDOM		1
#define NB_MADV_SEQUENTIAL	2
#define NB_MADV_WILLNEED	3
#define NB_MADV_DONTNEED	4	/* the contents stay */
#define NB_MADV_SPACEAVAIL	5
#define NB_MADV_FREE		6

/* --- files --- */
#define NB_O_ACCMODE		0x0003u
#define NB_O_NONBLOCK		0x0004u
#define NB_O_APPEND		0x0008u
#define NB_O_ASYNC		0x0040u
#define NB_O_SYNC		0x0080u
#define NB_O_NOFOLLOW		0x0100u
#define NB_O_CREAT		0x0200u
#define NB_O_TRUNC		0x0400u
#define NB_O_EXCL		0x0800u
#define NB_O_NOCTTY		0x8000u
#define NB_O_DSYNC		0x10000u
#define NB_O_DIRECT		0x80000u
#define NB_O_DIRECTORY		0x200000u
#define NB_O_CLOEXEC		0x400000u

#define NB_F_DUPFD		0
#define NB_F_GETFD		1
#define NB_F_SETFD		2
#define NB_F_GETFL		3
#define NB_F_SETFL		4
#define NB_F_GETLK		7
#define NB_F_SETLK		8
#define NB_F_SETLKW		9
#define NB_F_CLOSEM		10
#define NB_F_MAXFD		11
#define NB_F_DUPFD_CLOEXEC	12
#define NB_FD_CLOEXEC		1
#define NB_FD_CLOFORK		4

#define NB_AT_FDCWD		(-100)
#define NB_AT_SYMLINK_NOFOLLOW	0x200

struct netbsd_stat {
	uint64_t	 st_dev;
	uint32_t	 st_mode;
	uint32_t	 st_pad0;
	uint64_t	 st_ino;
	uint32_t	 st_nlink;
	uint32_t	 st_uid;
	uint32_t	 st_gid;
	uint32_t	 st_pad1;
	uint64_t	 st_rdev;
	struct netbsd_timespec st_atim, st_mtim, st_ctim, st_birthtim;
	int64_t		 st_size;
	int64_t		 st_blocks;
	uint32_t	 st_blksize;
	uint32_t	 st_flags;
	uint32_t	 st_gen;
	uint32_t	 st_spare[2];
	uint32_t	 st_pad2;
};
STATIC_ASSERT(sizeof(struct netbsd_stat) == 152);

struct netbsd_flock {
	int64_t		 l_start, l_len;
	int32_t		 l_pid;
	int16_t		 l_type;	/* NB_F_RDLCK ... */
	int16_t		 l_whence;
};
#define NB_F_RDLCK		1
#define NB_F_UNLCK		2
#define NB_F_WRLCK		3

/* ioctl numbers: the group, the number, the size and the direction. */
#define NB_FIOCLEX		0x20006601u
#define NB_FIONCLEX		0x20006602u
#define NB_FIONREAD		0x4004667fu
#define NB_FIONBIO		0x8004667eu
#define NB_TIOCSCTTY		0x20007461u
#define NB_TIOCGPGRP		0x40047477u
#define NB_TIOCSPGRP		0x80047476u
#define NB_TIOCNOTTY		0x20007471u
#define NB_TIOCGWINSZ		0x40087468u

/* --- time --- */
#define NB_CLOCK_REALTIME	0
#define NB_CLOCK_VIRTUAL	1
#define NB_CLOCK_PROF		2
#define NB_CLOCK_MONOTONIC	3
#define NB_CLOCK_THREAD_CPUTIME	0x20000000
#define NB_CLOCK_PROCESS_CPUTIME 0x40000000
#define NB_TIMER_ABSTIME	1

struct netbsd_itimerval {
	struct netbsd_timeval it_interval, it_value;
};

/* --- kqueue --- */
struct netbsd_kevent {
	uint64_t	 ident;
	uint32_t	 filter;
	uint32_t	 flags;
	uint32_t	 fflags;
	uint32_t	 pad;
	int64_t		 data;
	uint64_t	 udata;
};
STATIC_ASSERT(sizeof(struct netbsd_kevent) == 40);

#define NB_EVFILT_READ		0
#define NB_EVFILT_WRITE		1
#define NB_EV_ADD		0x0001u
#define NB_EV_DELETE		0x0002u
#define NB_EV_ENABLE		0x0004u
#define NB_EV_DISABLE		0x0008u
#define NB_EV_ONESHOT		0x0010u
#define NB_EV_CLEAR		0x0020u
#define NB_EV_RECEIPT		0x0040u
#define NB_EV_DISPATCH		0x0080u
#define NB_EV_ERROR		0x4000u
#define NB_EV_EOF		0x8000u

#endif
