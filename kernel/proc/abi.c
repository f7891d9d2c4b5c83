/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The known personalities: a short list, filled at boot before there is a second LWP, read without
 * a lock ever after.
 */
#include "proc/abi.h"

#define ABIS_MAX	4

static const struct abi_ops *abis[ABIS_MAX];
static uint32_t nabis;

void
abi_register(const struct abi_ops *ops)
{
	ASSERT(nabis < ABIS_MAX);
	abis[nabis++] = ops;
}

const struct abi_ops *
abi_recognise(const struct abi_file *af, uint32_t *hardening)
{
	*hardening = 0;
	for (uint32_t i = 0; i < nabis; i++)
		if (abis[i]->ab_recognise(af, hardening))
			return abis[i];
	return NULL;
}
