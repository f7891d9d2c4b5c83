/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A transfer of bytes between kernel memory and a list of buffers, of a user program or of the
 * kernel.
 */
#ifndef FILE_UIO_H
#define FILE_UIO_H

#include "lib/klib.h"

#define UIO_MAXIOV	1024
#define UIO_MAXBYTES	0x7ffff000ull	/* more than this is cut in read and write, as Linux does */

/* One buffer; the layout is that of struct iovec. */
struct kiov {
	void		*iov_base;
	size_t		 iov_len;
};

enum uio_rw {
	UIO_READ,	/* data go to the buffers: read(2) */
	UIO_WRITE,	/* data come from the buffers: write(2) */
};

/* The array of buffers is the caller's and is not changed. */
struct uio {
	const struct kiov *u_iov;	/* current buffer */
	uint32_t	 u_iovcnt;	/* buffers from the current one on */
	size_t		 u_skip;	/* bytes of the current buffer that are done */
	size_t		 u_resid;	/* bytes to go, in all buffers */
	off_t		 u_off;		/* position in the file, of files that have positions;
					 * moves with the data */
	bool		 u_user;	/* user addresses */
	enum uio_rw	 u_rw;
};

/* Sums the lengths. EINVAL when they overflow ssize_t; a sum over UIO_MAXBYTES is cut to it. */
int	uio_init(struct uio *, const struct kiov *, uint32_t iovcnt, enum uio_rw, bool user);
/* One kernel buffer; iov is scratch that lives as long as the uio. */
void	uio_init_kernel(struct uio *, struct kiov *iov, void *buf, size_t len, off_t off,
    enum uio_rw);
/* One user buffer, cut to UIO_MAXBYTES. */
void	uio_init_user(struct uio *, struct kiov *iov, vaddr_t buf, size_t len, off_t off,
    enum uio_rw);

/*
 * Moves min(n, u_resid) bytes in the direction of u_rw and advances u_resid and u_off. EFAULT:
 * what was moved before the bad address is accounted, whole pages at a time. May sleep when
 * u_user.
 */
int	uio_move(void *kbuf, size_t n, struct uio *);
/* UIO_READ: n zero bytes. */
int	uio_move_zero(size_t n, struct uio *);
/* Passes over n bytes without moving them. */
void	uio_skip(struct uio *, size_t n);
/*
 * Gives back n bytes that the last uio_move took (n at most what it moved): they will be moved
 * again.
 */
struct uio uio_save(const struct uio *);
void	uio_restore(struct uio *, const struct uio *saved);

#endif
