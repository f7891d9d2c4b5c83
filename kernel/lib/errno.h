/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error numbers of the core. They are positive, 0 is success. The values are those that Linux
 * uses, so that its personality need not translate; kernel/abi/linux asserts the equality. A name
 * below the line "internal" never reaches a program.
 */
#ifndef LIB_ERRNO_H
#define LIB_ERRNO_H

#define EPERM		1
#define ENOENT		2
#define ESRCH		3
#define EINTR		4
#define EIO		5
#define ENXIO		6
#define E2BIG		7
#define ENOEXEC		8
#define EBADF		9
#define ECHILD		10
#define EAGAIN		11
#define EWOULDBLOCK	EAGAIN
#define ENOMEM		12
#define EACCES		13
#define EFAULT		14
#define ENOTBLK		15
#define EBUSY		16
#define EEXIST		17
#define EXDEV		18
#define ENODEV		19
#define ENOTDIR		20
#define EISDIR		21
#define EINVAL		22
#define ENFILE		23
#define EMFILE		24
#define ENOTTY		25
#define ETXTBSY		26
#define EFBIG		27
#define ENOSPC		28
#define ESPIPE		29
#define EROFS		30
#define EMLINK		31
#define EPIPE		32
#define EDOM		33
#define ERANGE		34
#define EDEADLK		35
#define ENAMETOOLONG	36
#define ENOLCK		37
#define ENOSYS		38
#define ENOTEMPTY	39
#define ELOOP		40
#define ENODATA		61
#define EOVERFLOW	75
#define ELIBBAD		80
#define EUSERS		87
#define ENOTSOCK	88
#define EMSGSIZE	90
#define EOPNOTSUPP	95
#define EAFNOSUPPORT	97
#define ETIMEDOUT	110
#define EALREADY	114
#define ESTALE		116

/* internal */
#define ERESTART	512	/* restart the system call after the signal if its action says
				 * SA_RESTART, else EINTR */
#define ERESTARTALWAYS	513	/* restart the call, whatever the action says */
#define ERESTARTNOHAND	514	/* restart the call when no handler ran; EINTR when one did */
#define EJUSTRETURN	515	/* the registers are set already: do not touch the return value */

#endif
