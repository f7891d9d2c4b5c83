/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The random generator: ChaCha20 (RFC 8439) as a stream, with the key erased behind it.
 *
 * One key under a spin lock. A request takes the lock only to run the cipher once under the
 * current key: 64 bytes, of which 32 become the next key and 32 the key of this request, which
 * then makes its output without the lock. The key starts from arch_entropy and takes more from it
 * after every RESEED requests.
 */
#include "fs/devfs/random.h"

#include "arch/arch.h"
#include "sync/spin.h"

#define KEY_WORDS	8
#define BLOCK_WORDS	16
#define RESEED		4096u

static struct spinlock random_lock = SPINLOCK_INIT("random", RANK_DEV);
static uint32_t random_key[KEY_WORDS];		/* guarded by random_lock */
static uint32_t random_left;			/* the same: requests till the next seed */

static inline uint32_t
rotl(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static inline void
quarter(uint32_t *x, int a, int b, int c, int d)
{
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 7);
}

static void
chacha_block(const uint32_t key[KEY_WORDS], uint64_t counter, uint32_t out[BLOCK_WORDS])
{
	uint32_t in[BLOCK_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

	memcpy(&in[4], key, KEY_WORDS * sizeof(key[0]));
	in[12] = (uint32_t)counter;
	in[13] = (uint32_t)(counter >> 32);
	memcpy(out, in, sizeof(in));
	for (int i = 0; i < 10; i++) {
		quarter(out, 0, 4, 8, 12);
		quarter(out, 1, 5, 9, 13);
		quarter(out, 2, 6, 10, 14);
		quarter(out, 3, 7, 11, 15);
		quarter(out, 0, 5, 10, 15);
		quarter(out, 1, 6, 11, 12);
		quarter(out, 2, 7, 8, 13);
		quarter(out, 3, 4, 9, 14);
	}
	for (int i = 0; i < BLOCK_WORDS; i++)
		out[i] += in[i];
}

static void
seed_locked(void)
{
	for (int i = 0; i < KEY_WORDS; i += 2) {
		uint64_t e = arch_entropy();

		random_key[i] ^= (uint32_t)e;
		random_key[i + 1] ^= (uint32_t)(e >> 32);
	}
	random_left = RESEED;
}

/* A key for one request; the generator's own moves on. */
static void
request_key(uint32_t key[KEY_WORDS])
{
	uint32_t block[BLOCK_WORDS];

	spin_lock(&random_lock);
	if (random_left == 0)
		seed_locked();
	random_left--;
	chacha_block(random_key, 0, block);
	memcpy(random_key, block, sizeof(random_key));
	spin_unlock(&random_lock);
	memcpy(key, block + KEY_WORDS, KEY_WORDS * sizeof(key[0]));
}

void
random_bytes(void *buf, size_t n)
{
	uint32_t key[KEY_WORDS], block[BLOCK_WORDS];
	uint64_t counter = 0;
	uint8_t *p = buf;

	request_key(key);
	while (n > 0) {
		size_t k = MIN(n, sizeof(block));

		chacha_block(key, counter++, block);
		memcpy(p, block, k);
		p += k;
		n -= k;
	}
}

void
random_mix(const void *buf, size_t n)
{
	const uint8_t *p = buf;
	uint32_t block[BLOCK_WORDS];

	spin_lock(&random_lock);
	for (size_t i = 0; i < n; i++)
		((uint8_t *)random_key)[i % sizeof(random_key)] ^= p[i];
	chacha_block(random_key, 1, block);
	memcpy(random_key, block, sizeof(random_key));
	spin_unlock(&random_lock);
}
