/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals as data: numbers, sets, what a signal carries, what a process does about it. The
 * functions are in signal.h.
 */
#ifndef SIGNAL_SIGTYPES_H
#define SIGNAL_SIGTYPES_H

#include "lib/klib.h"
#include "sync/refcount.h"
#include "sync/spin.h"

enum signo {
	SIGHUP = 1, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1,
	    SIGSEGV, SIGUSR2,
	SIGPIPE, SIGALRM, SIGTERM, SIGSTKFLT, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU,
	    SIGURG, SIGXCPU,
	SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR, SIGSYS,
	SIGRTMIN = 32,		/* from here on signals queue, and carry their data one by one */
	SIGRTMAX = 64,
};
#define NSIG	65		/* 0 is no signal */

/* Bit signo - 1. */
typedef uint64_t sigset_t;

#define SIGBIT(signo)	(1ull << ((signo) - 1))
#define SIG_UNMASKABLE	(SIGBIT(SIGKILL) | SIGBIT(SIGSTOP))
#define SIG_STOPS	(SIGBIT(SIGSTOP) | SIGBIT(SIGTSTP) | SIGBIT(SIGTTIN) | SIGBIT(SIGTTOU))
/* Raised by the program's own instruction: delivered before others. */
#define SIG_SYNCHRONOUS	(SIGBIT(SIGSEGV) | SIGBIT(SIGBUS) | SIGBIT(SIGILL) | \
			    SIGBIT(SIGTRAP) | SIGBIT(SIGFPE) | \
	SIGBIT(SIGSYS))

/* Where a signal came from (ks_code). Values are those of Linux. */
#define SI_USER		0	/* kill */
#define SI_KERNEL	0x80
#define SI_QUEUE	(-1)
#define SI_TIMER	(-2)
#define SI_MESGQ	(-3)
#define SI_ASYNCIO	(-4)
#define SI_SIGIO	(-5)
#define SI_TKILL	(-6)
#define ILL_ILLOPC	1
#define ILL_ILLOPN	2
#define ILL_PRVOPC	5
#define FPE_INTDIV	1
#define FPE_INTOVF	2
#define FPE_FLTDIV	3
#define FPE_FLTOVF	4
#define FPE_FLTUND	5
#define FPE_FLTRES	6
#define FPE_FLTINV	7
#define FPE_FLTSUB	8
#define SEGV_MAPERR	1
#define SEGV_ACCERR	2
#define BUS_ADRALN	1
#define BUS_ADRERR	2
#define TRAP_BRKPT	1
#define TRAP_TRACE	2
#define CLD_EXITED	1
#define CLD_KILLED	2
#define CLD_DUMPED	3
#define CLD_TRAPPED	4
#define CLD_STOPPED	5
#define CLD_CONTINUED	6

/* What a signal carries. Fields that its code does not use are 0. */
struct ksiginfo {
	int		 ks_signo;
	int		 ks_code;	/* SI_*, or one of the signal's own codes */
	int		 ks_errno;
	pid_t		 ks_pid;	/* sender, or child of SIGCHLD */
	uid_t		 ks_uid;	/* real uid of it */
	int		 ks_status;	/* SIGCHLD: exit code, or signal */
	uint64_t	 ks_value;	/* sigqueue's, timers' */
	vaddr_t		 ks_addr;	/* faults */
	int		 ks_trapno;	/* faults: the machine's trap number and error code */
	uint64_t	 ks_trap_error;
	uint64_t	 ks_utime_ns;	/* SIGCHLD */
	uint64_t	 ks_stime_ns;
	int		 ks_timerid;	/* POSIX timers */
	int		 ks_overrun;
	int		 ks_fd;		/* SIGIO */
	long		 ks_band;
};

#define SIG_DFL		0ull
#define SIG_IGN		1ull

#define SA_NOCLDSTOP	0x00000001u
#define SA_NOCLDWAIT	0x00000002u
#define SA_SIGINFO	0x00000004u
#define SA_RESTORER	0x04000000u
#define SA_ONSTACK	0x08000000u
#define SA_RESTART	0x10000000u
#define SA_NODEFER	0x40000000u
#define SA_RESETHAND	0x80000000u

/* One action. Values are Linux's. */
struct sigaction_k {
	vaddr_t		 sa_handler;	/* SIG_DFL, SIG_IGN or the handler's address */
	uint64_t	 sa_flags;	/* SA_* */
	vaddr_t		 sa_restorer;
	sigset_t	 sa_mask;
};

/*
 * The actions of a process, or of several that share them (CLONE_SIGHAND). All that derives from
 * them is read from here.
 */
struct sigacts {
	refcount_t		 sa_refs;
	struct spinlock		 sa_lock;	/* RANK_SIGACTS: guards the table */
	struct sigaction_k	 sa_action[NSIG];
};

/*
 * Pending signals of a process or an LWP; guarded by p_lock. A bit without an entry in the queue
 * has lost its data.
 */
struct sigpend {
	sigset_t	 sp_set;
	struct list	 sp_queue;	/* struct sigq (signal_int.h), oldest first */
};

#define SS_ONSTACK	1u
#define SS_DISABLE	2u
#define SS_AUTODISARM	(1u << 31)
#define MINSIGSTKSZ	2048u

struct sigaltstack_k {
	vaddr_t		 ss_sp;
	size_t		 ss_size;
	uint32_t	 ss_flags;	/* SS_DISABLE, SS_AUTODISARM */
};

#endif
