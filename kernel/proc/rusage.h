/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process has used. */
#ifndef PROC_RUSAGE_H
#define PROC_RUSAGE_H

#include "lib/klib.h"

struct proc;
struct lwp;

struct rusage_k {
	uint64_t	 ru_utime_ns;
	uint64_t	 ru_stime_ns;
	uint64_t	 ru_maxrss_pages;
	uint64_t	 ru_minflt;
	uint64_t	 ru_majflt;
	uint64_t	 ru_inblock;
	uint64_t	 ru_oublock;
	uint64_t	 ru_nvcsw;
	uint64_t	 ru_nivcsw;
};

/* of the process, dead LWPs included; of the children that it has waited for; of one LWP. */
void	proc_rusage_self(struct proc *, struct rusage_k *);
void	proc_rusage_children(struct proc *, struct rusage_k *);
void	lwp_rusage(struct lwp *, struct rusage_k *);
/* sum += part; maxrss is the larger one. */
void	rusage_add(struct rusage_k *sum, const struct rusage_k *part);

#endif
