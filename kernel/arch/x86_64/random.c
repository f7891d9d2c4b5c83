/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random bits: the processor's generator where announced, else the jitter of the cycle counter, a
 * weak source, mixed over many readings.
 */
#include "arch_int.h"

bool
arch_random(uint64_t *v)
{
	bool ok;

	for (int i = 0; i < 10 && cpu_features.rdseed; i++) {
		__asm__ volatile("rdseed %0" : "=r"(*v), "=@ccc"(ok));
		if (ok)
			return true;
		cpu_pause();
	}
	for (int i = 0; i < 10 && cpu_features.rdrand; i++) {
		__asm__ volatile("rdrand %0" : "=r"(*v), "=@ccc"(ok));
		if (ok)
			return true;
	}
	return false;
}

uint64_t
arch_entropy(void)
{
	static uint64_t pool;		/* any race only mixes more */
	uint64_t v, h = load_relaxed(&pool);

	if (arch_random(&v))
		return v;
	for (int i = 0; i < 256; i++) {
		h ^= rdtsc_ordered();
		h *= 0x9e3779b97f4a7c15ull;
		h ^= h >> 29;
		if (i % 16 == 0)
			(void)inb(0x80);	/* leaves the processor: its time varies */
	}
	store_relaxed(&pool, h);
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ull;
	return h ^ h >> 32;
}
