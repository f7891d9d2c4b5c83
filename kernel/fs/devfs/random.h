/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes: /dev/urandom, getrandom(2), AT_RANDOM, address space layout. */
#ifndef FS_DEVFS_RANDOM_H
#define FS_DEVFS_RANDOM_H

#include "lib/klib.h"

/* Any context that may take a spin lock; never fails, never waits for entropy. */
void	random_bytes(void *buf, size_t n);
/* Stirs bytes of unknown quality into the generator. */
void	random_mix(const void *buf, size_t n);

#endif
