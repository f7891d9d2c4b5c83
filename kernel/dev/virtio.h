/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio 1.x devices behind the mmio transport: found by virtio_mmio.c, driven by the drivers of
 * this folder. The device is not trusted: whatever it writes into the rings is checked.
 */
#ifndef DEV_VIRTIO_H
#define DEV_VIRTIO_H

#include "lib/klib.h"
#include "sync/spin.h"

#define VIRTIO_ID_CONSOLE	3u
#define VIRTIO_F_VERSION_1	(1ull << 32)

#define VIRTQ_MAX		128u	/* entries of a queue at most: the whole queue is in one
					 * page */

struct virtio_dev {
	volatile uint8_t *vd_regs;	/* constant */
	uint32_t	 vd_gsi;	/* constant */
	uint32_t	 vd_id;		/* constant  what kind of device */
	uint32_t	 vd_unit;	/* constant  number among its kind, set by the driver */
	uint64_t	 vd_features;	/* constant once negotiated */
	bool		 vd_broken;	/* vd_lock  it broke the rules: nothing is given to it or
					 * taken from it any more */
	struct spinlock	 vd_lock;	/* guards the queues, and what the driver says */
	void		(*vd_interrupt)(struct virtio_dev *);	/* queues may have moved; vd_lock
								 * is held */
	void		(*vd_config)(struct virtio_dev *);	/* the same for the configuration;
								 * may be null */
	void		*vd_data;	/* the driver's */
};

/* One split virtqueue; each entry is one buffer (no chains). */
struct virtq {
	struct virtio_dev *vq_dev;	/* all guarded by vd_lock */
	uint16_t	 vq_index;
	uint16_t	 vq_num;	/* entries */
	uint16_t	 vq_nfree;
	uint16_t	 vq_free;	/* first free descriptor; the list goes through vq_next */
	uint16_t	 vq_avail_idx;	/* ours of the available ring, not masked */
	uint16_t	 vq_used_idx;	/* up to here the used ring has been seen */
	bool		 vq_new;	/* something was added since the last kick */
	void		*vq_page;	/* own */
	struct virtq_desc *vq_desc;
	struct virtq_avail *vq_avail;
	struct virtq_used *vq_used;
	struct {
		void		*vs_cookie;	/* null: the descriptor is free */
		uint32_t	 vs_len;	/* of the buffer */
		uint16_t	 vs_next;
	} vq_slot[VIRTQ_MAX];
};

/* Steps of bringing a device up. On failure the driver calls virtio_give_up. */
/* Resets, and agrees on wanted & offered (VERSION_1 must be among them). ENODEV. */
int	virtio_negotiate(struct virtio_dev *, uint64_t wanted);
/* Sets a queue up, of at most max entries. ENODEV: there is no such queue; ENOMEM. */
int	virtq_create(struct virtio_dev *, uint16_t index, uint16_t max, struct virtq **);
/* From now on the device may interrupt and use the queues. */
int	virtio_start(struct virtio_dev *);
/* Resets the device and says so to it; queues can be freed. */
void	virtio_give_up(struct virtio_dev *);
void	virtq_free(struct virtq *);
uint32_t virtio_config32(struct virtio_dev *, uint32_t offset);

/* All below with vd_lock held. */
/*
 * Gives a buffer to the device. False: the queue is full (or the device broken). cookie is not
 * null.
 */
bool	virtq_add(struct virtq *, paddr_t pa, uint32_t len, bool device_writes, void *cookie);
/*
 * Takes a buffer back, with the number of bytes that the device wrote (never more than the buffer
 * has). Null: none.
 */
void	*virtq_take(struct virtq *, uint32_t *len);
/* Tells the device about what was added. */
void	virtq_kick(struct virtq *);

/* The drivers. */
int	virtio_console_attach(struct virtio_dev *);

#endif
