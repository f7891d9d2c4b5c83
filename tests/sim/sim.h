/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated machine (machine.c), as the scenarios see it. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "lib/klib.h"

struct lwp;

/* How a run is scheduled, and what came of it. */
struct sim_run {
	uint64_t	 sr_seed;	/* random choices; 0: none but those of sr_at */
	uint64_t	 sr_at[2];	/* points, from 1, at which another CPU goes on */
	bool		 sr_back;	/* the previous CPU goes on then, not the next */
	uint64_t	 sr_points;	/* out: points passed */
	uint64_t	 sr_switches;	/* out */
	char		 sr_text[512];	/* out: what was wrong */
};
extern struct sim_run *sim_run;

/* A place where the other CPUs may run (yield.h). */
void	sim_point(void);
/* Makes the calling context the first CPU, which runs l; others are chosen from here on. */
void	sim_begin(struct lwp *l);
/* Only the caller runs, if all others are gone and buried; else fails the run. */
void	sim_end(void);
/* The program of the next LWP that the caller makes as a copy of itself. */
void	sim_next(void (*fn)(void *), void *arg);
/* The way to user mode and back: signals, stops, death. */
void	sim_user(void);
/* Fails the run. */
void	sim_fail(const char *fmt, ...) __printflike(1, 2) __noreturn;

#endif
