/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The devices that are only rules: null, zero, full, random, urandom and kmsg.
 *
 * random and urandom are the same: a ChaCha20 stream, keyed once from the hardware's random bits
 * (arch_entropy) and again each time it has given 1 MiB. After every request the generator
 * replaces its key by output that nobody sees, so that what was given out cannot be computed from
 * what memory holds later.
 */
#include "fs/devfs/devfs.h"

#include "arch/arch.h"
#include "file/file.h"
#include "fs/devfs/random.h"
#include "mem/cache.h"
#include "sched/sched.h"
#include "vm/vm.h"

#define MEM_MAJOR	1
#define MINOR_NULL	3
#define MINOR_ZERO	5
#define MINOR_FULL	7
#define MINOR_RANDOM	8
#define MINOR_URANDOM	9
#define MINOR_KMSG	11

static int
null_read(struct file *f __unused, struct uio *u __unused)
{
	return 0;
}

static int
null_write(struct file *f __unused, struct uio *u)
{
	uio_skip(u, u->u_resid);
	return 0;
}

/* Large reads of zeroes give others a turn. */
static int
zero_read(struct file *f __unused, struct uio *u)
{
	int error = 0;

	while (error == 0 && u->u_resid > 0) {
		error = uio_move_zero(MIN(u->u_resid, (size_t)65536), u);
		if (u->u_resid > 0 && lwp_signal_pending(curlwp()))
			break;
		sched_preempt_point();
	}
	return error;
}

static int
full_write(struct file *f __unused, struct uio *u)
{
	return u->u_resid > 0 ? ENOSPC : 0;
}

static int
random_read(struct file *f __unused, struct uio *u)
{
	uint8_t buf[256];
	int error = 0;

	while (error == 0 && u->u_resid > 0) {
		size_t n = MIN(u->u_resid, sizeof(buf));

		random_bytes(buf, n);
		error = uio_move(buf, n, u);
		if (u->u_resid > 0 && lwp_signal_pending(curlwp()))
			break;
		sched_preempt_point();
	}
	memset(buf, 0, sizeof(buf));
	__asm volatile("" : : "r" (buf) : "memory");
	return error;
}

/* Written bytes are mixed into the key; they are not counted as random. */
static int
random_write(struct file *f __unused, struct uio *u)
{
	uint8_t buf[64];
	int error = 0;

	while (error == 0 && u->u_resid > 0) {
		size_t n = MIN(u->u_resid, sizeof(buf));

		if ((error = uio_move(buf, n, u)) == 0)
			random_mix(buf, n);
	}
	return error;
}

/* Positions are accepted and mean nothing. */
static int
mem_seek(struct file *f __unused, off_t off __unused, int whence, off_t *out)
{
	if (whence < SEEK_SET || whence > SEEK_END)
		return EINVAL;
	*out = 0;
	return 0;
}

/* A private mapping is fresh memory; a shared one is memory shared by those who inherit it. */
static int
zero_mmap(struct file *f, struct vm_mapping_req *rq)
{
	if (!file_readable(f) || ((rq->flags & VM_MAP_SHARED) != 0 && !file_writable(f)))
		return EACCES;
	rq->flags |= VM_MAP_ANON;
	rq->object = NULL;
	rq->offset = 0;
	return 0;
}

/* kmsg: a write is one line of the log, a read starts with the oldest byte there is. */
static int
kmsg_write(struct file *f __unused, struct uio *u)
{
	char line[256];
	size_t n;
	int error;

	while (u->u_resid > 0) {
		n = MIN(u->u_resid, sizeof(line) - 1);
		if ((error = uio_move(line, n, u)) != 0)
			return error;
		while (n > 0 && line[n - 1] == '\n')
			n--;
		line[n] = '\0';
		klog(KLOG_INFO, "%s\n", line);
	}
	return 0;
}

#define KMSG_MAX	65536

static int
kmsg_read(struct file *f, struct uio *u)
{
	uint64_t at = f->f_ra_state;
	size_t len, n;
	char *buf;
	int error = 0;

	if ((buf = kmalloc(KMSG_MAX)) == NULL)
		return ENOMEM;
	len = klog_read(buf, KMSG_MAX);
	if (at < len) {
		n = MIN(len - at, u->u_resid);
		if ((error = uio_move(buf + at, n, u)) == 0)
			f->f_ra_state = at + n;
	}
	kfree(buf);
	return error;
}

static const struct file_ops null_ops = {
	.name = "null", .read = null_read, .write = null_write, .seek = mem_seek,
};
static const struct file_ops zero_ops = {
	.name = "zero", .read = zero_read, .write = null_write, .seek = mem_seek, .mmap = zero_mmap,
};
static const struct file_ops full_ops = {
	.name = "full", .read = zero_read, .write = full_write, .seek = mem_seek, .mmap = zero_mmap,
};
static const struct file_ops random_ops = {
	.name = "random", .read = random_read, .write = random_write, .seek = mem_seek,
};
static const struct file_ops kmsg_ops = {
	.name = "kmsg", .read = kmsg_read, .write = kmsg_write, .seek = mem_seek,
};

static int
mem_open(struct file *f)
{
	switch (DEV_MINOR(f->f_vnode->vn_rdev)) {
	case MINOR_NULL:
		f->f_ops = &null_ops;
		return 0;
	case MINOR_ZERO:
		f->f_ops = &zero_ops;
		return 0;
	case MINOR_FULL:
		f->f_ops = &full_ops;
		return 0;
	case MINOR_RANDOM:
	case MINOR_URANDOM:
		f->f_ops = &random_ops;
		return 0;
	case MINOR_KMSG:
		f->f_ops = &kmsg_ops;
		return 0;
	default:
		return ENXIO;
	}
}

void
devfs_mem_init(void)
{
	static const struct {
		const char	*name;
		uint32_t	 minor;
		mode_t		 perm;
	} nodes[] = {
		{ "null", MINOR_NULL, 0666 },
		{ "zero", MINOR_ZERO, 0666 },
		{ "full", MINOR_FULL, 0666 },
		{ "random", MINOR_RANDOM, 0666 },
		{ "urandom", MINOR_URANDOM, 0666 },
		{ "kmsg", MINOR_KMSG, 0644 },
	};

	for (size_t i = 0; i < nitems(nodes); i++) {
		if (devfs_register(nodes[i].name, S_IFCHR | nodes[i].perm,
		    MAKEDEV(MEM_MAJOR, nodes[i].minor), mem_open) != 0)
			panic("devfs: no memory for /dev/%s", nodes[i].name);
	}
}
