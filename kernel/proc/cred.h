/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Credentials: who a process acts for. A struct cred never changes once others can see it: to
 * change one, copy, edit the copy and publish it by proc_cred_set. So a reference is a consistent
 * picture, however many threads call setuid. Privilege is effective uid 0; capabilities are not
 * modelled.
 */
#ifndef PROC_CRED_H
#define PROC_CRED_H

#include "lib/klib.h"
#include "sync/refcount.h"

#define CRED_NGROUPS	64
#define ID_NONE		0xffffffffu	/* "leave it as it is" in the set calls; not a valid id */

struct cred {
	refcount_t	 cr_refs;
	uid_t		 cr_uid, cr_euid, cr_suid, cr_fsuid;
	gid_t		 cr_gid, cr_egid, cr_sgid, cr_fsgid;
	uint32_t	 cr_ngroups;
	gid_t		 cr_groups[CRED_NGROUPS];	/* supplementary */
};

/* That of the kernel and of init: root, no supplementary groups. Never freed. */
extern struct cred cred_kernel;

struct cred *cred_hold(struct cred *);		/* returns its argument */
void	cred_drop(struct cred *);
/* A private copy with one reference; ENOMEM. */
int	cred_copy(const struct cred *, struct cred **);

static inline bool
cred_is_root(const struct cred *c)
{
	return c->cr_euid == 0;
}

/* Whether gid is the file-system gid or a supplementary group. */
bool	cred_in_group(const struct cred *, gid_t gid);
/* For chmod-like questions: the file-system uid owns it, or root. */
bool	cred_owns(const struct cred *, uid_t owner);
/*
 * May c have the access `want` (4 read, 2 write, 1 execute or search) to an object with this owner,
 * group and mode? 0 or EACCES. Root may, but execute needs one x bit unless the object is a
 * directory (mode carries the type bits).
 */
int	cred_check_access(const struct cred *, uid_t uid, gid_t gid, mode_t mode, uint32_t want);

#endif
