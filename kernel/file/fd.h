/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptor tables: small numbers to open files. A table is shared by counting (clone with
 * CLONE_FILES); fork gives the child a table of its own whose contents are shared until either
 * changes them. A descriptor is free, reserved (fd_alloc) or installed; the lowest free one is
 * given out. Every limit (RLIMIT_NOFILE) is the caller's to pass. None of these functions is
 * called under a spin lock.
 *
 * A first change after a fork copies a piece of the table, so each call that changes one can say
 * ENOMEM, also a close: nothing has changed then.
 */
#ifndef FILE_FD_H
#define FILE_FD_H

#include "file/file.h"
#include "sync/spin.h"

#define FD_CLOEXEC	1
#define FD_CLOFORK	2	/* closed in the child of a fork */

#define FD_MAX		(256 * 1024)	/* no table grows further */

struct fd_slots;

struct fd_table {
	refcount_t	 ft_refs;
	struct spinlock	 ft_lock;	/* guards what follows */
	struct fd_slots	*ft_slots;
	uint32_t	 ft_count;	/* installed; read unlocked */
	uint32_t	 ft_mqueues;	/* of them, message queues; read unlocked */
	uint32_t	 ft_detach;	/* of them, those whose ops have detach */
	uint32_t	 ft_odd;	/* slots that a child must not get */
	int		 ft_hint;	/* no free descriptor below */
};

/* An empty table with one reference. */
int	fd_table_create(struct fd_table **);
void	fd_table_hold(struct fd_table *);
/* Closes everything when the last reference goes; may sleep. */
void	fd_table_drop(struct fd_table *);
/*
 * What fork gives to the child: a table with the same files under the same numbers, without those
 * marked FD_CLOFORK and those whose ops say nofork (their numbers are free), of one instant,
 * whatever other threads open and close meanwhile. ENOMEM.
 */
int	fd_table_copy(struct fd_table *, struct fd_table **);
/*
 * The same, FD_CLOFORK ignored: what unshare(CLONE_FILES) and exec in a shared table do. The
 * caller swaps and drops.
 */
int	fd_table_unshare(struct fd_table *, struct fd_table **);
/* Whether others share it. */
bool	fd_table_shared(const struct fd_table *);
/* Whether a descriptor in it is marked FD_CLOFORK: such a table cannot be shared by a fork. */
bool	fd_table_has_clofork(struct fd_table *);
/* Descriptors of message queues in it; all that are open. */
uint32_t fd_table_mqueues(struct fd_table *);
uint32_t fd_table_count(struct fd_table *);
/*
 * exec, while it can still fail: makes what the next call changes the table's own. ENOMEM. It can
 * be undone by a fork of another LWP only.
 */
int	fd_table_prepare_exec(struct fd_table *);
/* exec: closes what is marked. The table is the caller's alone. ENOMEM: not all. */
int	fd_table_close_on_exec(struct fd_table *);

/*
 * Reserves the lowest free descriptor >= min and < limit. EMFILE (also for min >= limit), ENOMEM.
 */
int	fd_alloc(struct fd_table *, int min, uint64_t limit, int *fd);
/* Fills a reserved descriptor; takes over the caller's reference. flags: FD_*. */
void	fd_install(struct fd_table *, int fd, struct file *, uint32_t flags);
/* Gives a reserved descriptor back. */
void	fd_unreserve(struct fd_table *, int fd);
/* Both at once. Takes over the reference only when it succeeds. */
int	fd_alloc_install(struct fd_table *, int min, uint64_t limit, struct file *, uint32_t flags,
    int *fd);

/* The file, held. EBADF. */
int	fd_get(struct fd_table *, int fd, struct file **);
/* EBADF, ENOMEM; what ops->close says nobody hears. */
int	fd_close(struct fd_table *, int fd);
/* Closes first..last, or with set_flags not 0 marks them so instead. ENOMEM: not all. */
int	fd_close_range(struct fd_table *, uint32_t first, uint32_t last, uint32_t set_flags);
int	fd_get_flags(struct fd_table *, int fd, uint32_t *flags);
int	fd_set_flags(struct fd_table *, int fd, uint32_t flags);
/* dup, F_DUPFD and F_DUPFD_CLOEXEC. EBADF, EINVAL (min >= limit), EMFILE. */
int	fd_dup(struct fd_table *, int old, int min, uint64_t limit, uint32_t flags, int *fd);
/*
 * dup2 and dup3 of different numbers: what new referred to is closed. EBADF (also new >= limit),
 * EBUSY (new is reserved).
 */
int	fd_dup_to(struct fd_table *, int old, int new, uint64_t limit, uint32_t flags);
/* The first installed descriptor >= from, its file held, for /proc/pid/fd. False: no more. */
bool	fd_next(struct fd_table *, int from, int *fd, struct file **);
/* Slots allocated (FDSize of /proc/pid/status). */
uint32_t fd_table_size(struct fd_table *);

#endif
