/* SPDX-License-Identifier: BSD-2-Clause */
/* The host machine's parts of struct cpu and struct lwp: none. */
#ifndef MACHINE_CPU_H
#define MACHINE_CPU_H

struct arch_cpu {
	char	ca_none;
};

struct arch_lwp {
	char	al_none;
};

#endif
