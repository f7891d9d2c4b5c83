/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What forking costs a process: the text of /proc/PID/forkstat. Who reads it: a person, or
 * `bident run --stats`.
 */
#ifndef PROC_FORKSTAT_H
#define PROC_FORKSTAT_H

#include "lib/klib.h"

#define FORK_NSTEPS	16u		/* rows of fork1's table */

struct proc;
struct vm_space;

enum forkstat_item {
	FS_FORKS,		/* that succeeded */
	FS_FAILED,
	FS_REGIONS,		/* of the children */
	FS_DESCRIPTORS,
	FS_TABLES_SHARED,	/* given to children */
	FS_TABLES_COPIED,	/* since */
	FS_TABLES_TAKEN,
	FS_PAGES_COPIED,
	FS_PAGES_TAKEN,
	FS_COW_FAULTS,		/* the two before this one */
	FS_NS,			/* for all steps */
	FS_STEPS,		/* ns for the first step, ... */
	FS_NITEMS = FS_STEPS + FORK_NSTEPS
};

struct forkstat_report {
	uint64_t	 last[FS_NITEMS];	/* fork, and what was copied since */
	uint64_t	 total[FS_NITEMS];	/* of the process */
	uint64_t	 children[FS_NITEMS];	/* of those that have ended, and theirs */
};

/* The name of an item, as it stands in the file. */
const char *forkstat_name(uint32_t item);
/* False: the process has no memory of its own any more. Takes locks; does not sleep. */
bool	forkstat_read(struct proc *, struct forkstat_report *);

/* For fork1: a step's name. */
const char *fork_step_name(uint32_t step);
/*
 * A fork by p has come to its end: marks are arch_cycles() before each step and after the last,
 * nsteps of them were made. child: null when it failed; else nobody else knows it yet.
 */
void	forkstat_fork(struct proc *p, const uint64_t *marks, uint32_t nsteps,
    const struct proc *child);
/* p gives its address space up, for another (exec) or for good. */
void	forkstat_leave_space(struct proc *p, const struct vm_space *);
/* p ends: what it and its children did is added to its parent's. proc_tree_lock is held. */
void	forkstat_exit_locked(struct proc *p);
void	forkstat_free(struct proc *p);

#endif
