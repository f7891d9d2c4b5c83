/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system-call fuzzer: what its files share. fuzz.c says how it works.
 */
#ifndef FUZZ_H
#define FUZZ_H

#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLOTS		8u		/* processes and threads of a case */
#define OPS_MAX		256u
#define PAGE		4096ul
#define SMALL_PAGES	16u		/* of a window, at its begin */
#define HUGE_PAGES	1024u		/* of a window, from a border of 2 MiB on */
#define WINDOW_PAGES	(SMALL_PAGES + HUGE_PAGES)
#define SCRATCH_FD	3		/* a file; each slot has a page of it */
#define FD_FIRST	10u		/* descriptors that the operations play with */
#define FD_COUNT	40u

/* One step of a program; the numbers mean what the operation makes of them. */
struct op {
	uint8_t		o_slot;		/* who does it */
	uint8_t		o_kind;
	uint8_t		o_child;	/* of an operation that makes a process: its slot */
	uint8_t		o_dropped;	/* left out, by --keep */
	uint32_t	o_a, o_b, o_c;
};

/* Shared by all processes of a run; also the file that execve finds the program in again. */
struct shared {
	uint32_t	s_nops;
	uint32_t	s_relaxed;	/* allocations fail on purpose: any error will do */
	uint32_t	s_bad;		/* A  something is as it must not be */
	char		s_text[512];	/* the first such */
	int		s_pid[SLOTS];	/* A  of each slot, since it began; 0: it did not */
	int		s_tid[SLOTS];	/* A */
	uint32_t	s_futex[16];
	uint64_t	s_done;		/* A  operations */
	uint64_t	s_checks;	/* A  contents of memory that were compared */
	struct op	s_op[OPS_MAX];
};

extern struct shared *sh;

/* What a slot is in the process that it runs in. */
struct self {
	uint32_t	me_slot;
	uint32_t	me_windows;	/* bit i: it alone changes window i of this process */
	int		me_thread;	/* not the process' first */
	int		me_raw;		/* made by clone: the C library does not know it */
	const struct op	*me_op;
};

extern __thread struct self me;

/* A step of the operation. */
struct kind {
	const char	*k_name;
	uint32_t	k_weight;
	int		k_spawns;	/* needs a slot for a child */
	void		(*k_do)(const struct op *);
};

extern const struct kind kinds[];
extern const uint32_t nkinds;

/* fuzz.c */
void	bad(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Ends the process; in a thread it may return. */
void	run_slot(uint32_t slot, uint32_t from);
void	slot_begin(uint32_t slot);
extern char self_path[256];

/* memory.c: windows of memory and what must be in them. */
void	memory_after_fork(void);
void	memory_verify_all(void);	/* the windows that are ours */
void	memory_new_window(void);	/* nobody has used the slot's window before */
void	memory_sigsegv(int sig, siginfo_t *si, void *context);
/* An address in a window, mapped or not. */
void	*memory_any(const struct op *);
void	do_map(const struct op *), do_unmap(const struct op *), do_protect(const struct op *),
	    do_remap(const struct op *), do_advise(const struct op *), do_store(const struct op *),
	    do_verify(const struct op *), do_copyout(const struct op *),
	    do_map_file(const struct op *), do_lock(const struct op *), do_huge(const struct op *);

#endif
