/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers that the host machine's programs have: those that the core touches by name. */
#ifndef MACHINE_FRAME_H
#define MACHINE_FRAME_H

#include <stdint.h>

struct trapframe {
	uint64_t	tf_rip;
	uint64_t	tf_rsp;
};

#endif
