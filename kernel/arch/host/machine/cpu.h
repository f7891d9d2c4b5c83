/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host machine's parts of struct cpu and struct lwp: none, but for a stack that nobody runs
 * on.
 */
#ifndef MACHINE_CPU_H
#define MACHINE_CPU_H

struct arch_cpu {
	char	ca_none;
};

struct arch_lwp {
	void	*al_stack;	/* whatever the tests put here */
};

#endif
