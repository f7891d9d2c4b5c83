/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes and named pipes (fifos).
 */
#ifndef FILE_PIPE_H
#define FILE_PIPE_H

#include "file/file.h"

#define PIPE_BUF	4096	/* writes of at most so many bytes are not mixed with others */
#define PIPE_DEFAULT	65536	/* bytes */
#define PIPE_MAX	1048576	/* F_SETPIPE_SZ goes no further */

struct pipe;

/* flags: O_NONBLOCK, O_DIRECT (ignored). The two files have a reference each. */
int	pipe_create(uint32_t flags, struct cred *, struct file **rd, struct file **wr);

/*
 * Opens a fifo: f->f_vnode->vn_fifo is the slot, null at first and touched by pipe.c only.
 * f->f_flags says how (O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK); sets f_ops and f_data. Waits for
 * the other side: ERESTART on a signal; ENXIO for a writer with O_NONBLOCK and no reader. On
 * error f_ops stays null.
 */
int	pipe_fifo_open(struct file *f);
/*
 * /proc/PID/fd/N of a pipe: newf (f_flags set) becomes another end of old's pipe. ENXIO: old is
 * no pipe.
 */
int	pipe_reopen(struct file *old, struct file *newf);

/*
 * F_GETPIPE_SZ, F_SETPIPE_SZ: EBADF when f is no pipe, EBUSY when more is in it, EINVAL, EPERM
 * over PIPE_MAX.
 */
int	pipe_get_size(struct file *, uint32_t *bytes);
int	pipe_set_size(struct file *, uint32_t bytes, uint32_t *got);

#endif
