/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scatter and gather between kernel memory and a list of buffers (uio.h).
 *
 * A uio is a cursor: buffer, bytes of it that are done, bytes to go in all. It never changes the
 * array, so a copy of the struct is a bookmark: uio_save and uio_restore. Bytes count as moved
 * only when the copy of their piece succeeded; pieces end at buffer borders and at page borders
 * of user addresses, so what a fault leaves out is less than a page.
 */
#include "file/uio.h"

#include "arch/arch.h"

int
uio_init(struct uio *u, const struct kiov *iov, uint32_t iovcnt, enum uio_rw rw, bool user)
{
	size_t sum = 0;

	for (uint32_t i = 0; i < iovcnt; i++) {
		if (iov[i].iov_len > INT64_MAX || sum + iov[i].iov_len > INT64_MAX)
			return EINVAL;
		sum += iov[i].iov_len;
	}
	*u = (struct uio){
		.u_iov = iov,
		.u_iovcnt = iovcnt,
		.u_resid = user ? MIN(sum, (size_t)UIO_MAXBYTES) : sum,
		.u_user = user,
		.u_rw = rw,
	};
	return 0;
}

void
uio_init_kernel(struct uio *u, struct kiov *iov, void *buf, size_t len, off_t off, enum uio_rw rw)
{
	*iov = (struct kiov){ .iov_base = buf, .iov_len = len };
	*u = (struct uio){ .u_iov = iov, .u_iovcnt = 1, .u_resid = len, .u_off = off, .u_rw = rw };
}

void
uio_init_user(struct uio *u, struct kiov *iov, vaddr_t buf, size_t len, off_t off, enum uio_rw rw)
{
	uio_init_kernel(u, iov, (void *)buf, MIN(len, (size_t)UIO_MAXBYTES), off, rw);
	u->u_user = true;
}

void
uio_skip(struct uio *u, size_t n)
{
	ASSERT(n <= u->u_resid);
	u->u_resid -= n;
	u->u_off += (off_t)n;
	while (n > 0) {
		size_t left = u->u_iov->iov_len - u->u_skip;

		if (n < left) {
			u->u_skip += n;
			return;
		}
		n -= left;
		u->u_iov++;
		u->u_iovcnt--;
		u->u_skip = 0;
	}
}

/*
 * The next piece: at most max bytes in one buffer (and one user page). Null kbuf: zeroes are
 * moved.
 */
static int
move_piece(void *kbuf, size_t max, struct uio *u, size_t *moved)
{
	char *base = (char *)u->u_iov->iov_base + u->u_skip;
	size_t n = MIN(max, u->u_iov->iov_len - u->u_skip);
	int error = 0;

	if (!u->u_user) {
		if (u->u_rw == UIO_WRITE)
			memcpy(kbuf, base, n);
		else if (kbuf != NULL)
			memcpy(base, kbuf, n);
		else
			memset(base, 0, n);
	} else {
		n = MIN(n, PAGE_SIZE - ((vaddr_t)base & PAGE_MASK));
		if (u->u_rw == UIO_WRITE)
			error = copyin(base, kbuf, n);
		else if (kbuf != NULL)
			error = copyout(kbuf, base, n);
		else
			error = user_clear(base, n);
	}
	*moved = n;
	return error;
}

static int
move(void *kbuf, size_t n, struct uio *u)
{
	char *p = kbuf;
	size_t piece;
	int error;

	n = MIN(n, u->u_resid);
	while (n > 0) {
		while (u->u_skip == u->u_iov->iov_len) {	/* empty buffers */
			u->u_iov++;
			u->u_iovcnt--;
			u->u_skip = 0;
		}
		if ((error = move_piece(p, n, u, &piece)) != 0)
			return error;
		uio_skip(u, piece);
		n -= piece;
		if (p != NULL)
			p += piece;
	}
	return 0;
}

int
uio_move(void *kbuf, size_t n, struct uio *u)
{
	ASSERT(kbuf != NULL || n == 0);
	return move(kbuf, n, u);
}

int
uio_move_zero(size_t n, struct uio *u)
{
	ASSERT(u->u_rw == UIO_READ);
	return move(NULL, n, u);
}

struct uio
uio_save(const struct uio *u)
{
	return *u;
}

void
uio_restore(struct uio *u, const struct uio *saved)
{
	*u = *saved;
}
