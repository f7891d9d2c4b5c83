/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROC_EXEC_H
#define PROC_EXEC_H

#include "lib/klib.h"

struct lwp;
struct vnode;

#define EXEC_STRING_MAX	(128u * 1024)	/* one string, with its nul, bytes */

struct exec_req {
	const char	*er_path;	/* kernel string; may be "" when er_vnode is given */
	struct vnode	*er_at;		/* start of a relative path; null: the current directory */
	struct vnode	*er_vnode;	/* run this file (execveat with AT_EMPTY_PATH); null: look
					 * er_path up */
	const char	*er_fdname;	/* with er_at or er_vnode: name for AT_EXECFN and scripts
					 * ("/dev/fd/3"); null: er_path */
	bool		 er_nofollow;	/* a symbolic link is ELOOP */
	vaddr_t		 er_argv;	/* user arrays of user pointers; 0: empty */
	vaddr_t		 er_envp;
	const char *const *er_kargv;	/* instead of both: kernel arrays of kernel strings,
					 * null-ended */
	const char *const *er_kenvp;
};

/*
 * Replaces the program of the calling LWP's process. 0: the user frame is that of the new program
 * (registers are zero, so a caller that stores a return value of 0 does no harm). Any error leaves
 * the old program untouched: ENOENT ENOTDIR EACCES ELOOP ENAMETOOLONG by the path; ENOEXEC no known
 * format; EACCES not executable or not a regular file; E2BIG arguments; ENOMEM; EFAULT; ELIBBAD a
 * bad interpreter; EISDIR the interpreter is a directory; EINTR another LWP's exec or exit came
 * first. May sleep.
 */
int	proc_exec(struct lwp *, const struct exec_req *);

#endif
