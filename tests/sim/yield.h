/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Force-included in all of the kernel that the simulator runs: before each atomic access another
 * CPU may have its turn (machine.c). The names of the compiler's builtins are taken over for that,
 * so the kernel's sources stay as they boot.
 */
#ifndef SIM_YIELD_H
#define SIM_YIELD_H

/* A place where the other CPUs may run. */
void	sim_point(void);

#define __atomic_load_n(p, o)		(sim_point(), __atomic_load_n(p, o))
/* What is stored may itself be loaded: the point stands between. */
#define __atomic_store_n(p, v, o)							\
	__extension__({									\
		__typeof__(*(p)) sim_value = (v);					\
		sim_point();								\
		__atomic_store_n(p, sim_value, o);					\
	})
#define __atomic_exchange_n(p, v, o)	(sim_point(), __atomic_exchange_n(p, v, o))
#define __atomic_fetch_add(p, v, o)	(sim_point(), __atomic_fetch_add(p, v, o))
#define __atomic_fetch_sub(p, v, o)	(sim_point(), __atomic_fetch_sub(p, v, o))
#define __atomic_add_fetch(p, v, o)	(sim_point(), __atomic_add_fetch(p, v, o))
#define __atomic_sub_fetch(p, v, o)	(sim_point(), __atomic_sub_fetch(p, v, o))
#define __atomic_or_fetch(p, v, o)	(sim_point(), __atomic_or_fetch(p, v, o))
#define __atomic_and_fetch(p, v, o)	(sim_point(), __atomic_and_fetch(p, v, o))
#define __atomic_compare_exchange_n(p, e, v, w, s, f)					\
	(sim_point(), __atomic_compare_exchange_n(p, e, v, w, s, f))

#endif
