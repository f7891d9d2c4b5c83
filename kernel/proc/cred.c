/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Credentials and the calls that change them.
 *
 * A published struct cred never changes. Each set call copies the current one, edits the copy by
 * its rule, and publishes it by proc_cred_set, which also moves the charge in the process counts
 * (admit.c) when the real uid changes, so that p_charge and p_cred always agree under p_lock. Two
 * LWPs that change ids at the same moment are ordered by p_lock; the later one wins as a whole.
 * There is one for all LWPs of a process: docs/adr/0004.
 *
 * PF_SUGID, the taint, says that the process once had other rights than its user: it is set
 * whenever an effective id changes.
 */
#include "proc/proc_int.h"

static struct cache cred_cache = CACHE_INIT("cred", struct cred);

struct cred cred_kernel = { .cr_refs = { 1 } };

struct cred *
cred_hold(struct cred *c)
{
	ref_get(&c->cr_refs);
	return c;
}

void
cred_drop(struct cred *c)
{
	if (ref_put(&c->cr_refs))
		cache_free(&cred_cache, c);
}

int
cred_copy(const struct cred *c, struct cred **newp)
{
	struct cred *new = cache_alloc(&cred_cache);

	if (new == NULL)
		return ENOMEM;
	*new = *c;
	ref_init(&new->cr_refs, 1);
	*newp = new;
	return 0;
}

bool
cred_in_group(const struct cred *c, gid_t gid)
{
	if (c->cr_fsgid == gid)
		return true;
	for (uint32_t i = 0; i < c->cr_ngroups; i++) {
		if (c->cr_groups[i] == gid)
			return true;
	}
	return false;
}

bool
cred_owns(const struct cred *c, uid_t owner)
{
	return c->cr_fsuid == owner || cred_is_root(c);
}

int
cred_check_access(const struct cred *c, uid_t uid, gid_t gid, mode_t mode, uint32_t want)
{
	bool is_dir = (mode & 0170000u) == 0040000u;

	if (c->cr_fsuid == 0)
		return (want & 1) == 0 || is_dir || (mode & 0111) != 0 ? 0 : EACCES;
	if (c->cr_fsuid == uid)
		mode >>= 6;
	else if (cred_in_group(c, gid))
		mode >>= 3;
	return (mode & want & 7) == want ? 0 : EACCES;
}

struct cred *
proc_cred_hold(struct proc *p)
{
	struct cred *c;

	spin_lock(&p->p_lock);
	c = cred_hold(p->p_cred);
	spin_unlock(&p->p_lock);
	return c;
}

static bool
cred_effective_differ(const struct cred *a, const struct cred *b)
{
	return a->cr_euid != b->cr_euid || a->cr_egid != b->cr_egid || a->cr_fsuid != b->cr_fsuid ||
	    a->cr_fsgid != b->cr_fsgid;
}

int
proc_cred_set(struct proc *p, struct cred *new)
{
	struct ucount *uc = ucount_get(new->cr_uid), *old_uc = NULL;
	struct cred *old;

	if (uc == NULL) {
		cred_drop(new);
		return EAGAIN;
	}
	spin_lock(&p->p_lock);
	/* A vfork child that runs on this memory has the old credential: not while it does. */
	while (p->p_nlent != 0 && !lwp_dying(curlwp()))
		lwp_wait_unsignalled(curlwp(), &p->p_lwp_cv, &p->p_lock);
	if (p->p_nlent != 0) {
		spin_unlock(&p->p_lock);
		ucount_put(uc);
		cred_drop(new);
		return EAGAIN;
	}
	old = p->p_cred;
	p->p_cred = new;
	if (cred_effective_differ(old, new))
		p->p_flags |= PF_SUGID;
	if (p->p_charge != uc) {
		/*
		 * The new owner's limit is asked at its next fork or exec, not here: as programs
		 * expect.
		 */
		if (atomic_add(&uc->uc_nproc, 1) > p->p_limits->pl_rlim[RLIMIT_NPROC].rl_cur)
			p->p_flags |= PF_NPROC;
		else
			p->p_flags &= ~PF_NPROC;
		atomic_sub(&p->p_charge->uc_nproc, 1);
		old_uc = p->p_charge;
		p->p_charge = uc;
	} else {
		old_uc = uc;
	}
	spin_unlock(&p->p_lock);
	ucount_put(old_uc);
	cred_drop(old);
	return 0;
}

/* --- the set calls --- */

/* Starts a change: a private copy of p's credential. */
static int
change_begin(struct proc *p, struct cred **newp)
{
	struct cred *old = proc_cred_hold(p);
	int error = cred_copy(old, newp);

	cred_drop(old);
	return error;
}

/* Publishes the change, or forgets it when the rule said no. */
static int
change_end(struct proc *p, struct cred *new, int error)
{
	if (error == 0)
		return proc_cred_set(p, new);
	cred_drop(new);
	return error;
}

int
proc_setuid(struct proc *p, uid_t uid)
{
	struct cred *c;
	int error;

	if (uid == ID_NONE)
		return EINVAL;
	if ((error = change_begin(p, &c)) != 0)
		return error;
	if (cred_is_root(c))
		c->cr_uid = c->cr_suid = uid;
	else if (uid != c->cr_uid && uid != c->cr_suid)
		error = EPERM;
	c->cr_euid = c->cr_fsuid = uid;
	return change_end(p, c, error);
}

int
proc_setgid(struct proc *p, gid_t gid)
{
	struct cred *c;
	int error;

	if (gid == ID_NONE)
		return EINVAL;
	if ((error = change_begin(p, &c)) != 0)
		return error;
	if (cred_is_root(c))
		c->cr_gid = c->cr_sgid = gid;
	else if (gid != c->cr_gid && gid != c->cr_sgid)
		error = EPERM;
	c->cr_egid = c->cr_fsgid = gid;
	return change_end(p, c, error);
}

/* Whether an unprivileged process may have id: it is one of its three. */
static bool
id_among(uint32_t id, uint32_t a, uint32_t b, uint32_t c)
{
	return id == ID_NONE || id == a || id == b || id == c;
}

int
proc_setresuid(struct proc *p, uid_t r, uid_t e, uid_t s)
{
	struct cred *c;
	int error;

	if ((error = change_begin(p, &c)) != 0)
		return error;
	if (!cred_is_root(c) && (!id_among(r, c->cr_uid, c->cr_euid, c->cr_suid) ||
	    !id_among(e, c->cr_uid, c->cr_euid, c->cr_suid) ||
	    !id_among(s, c->cr_uid, c->cr_euid, c->cr_suid)))
		return change_end(p, c, EPERM);
	if (r != ID_NONE)
		c->cr_uid = r;
	if (e != ID_NONE)
		c->cr_euid = e;
	if (s != ID_NONE)
		c->cr_suid = s;
	c->cr_fsuid = c->cr_euid;
	return change_end(p, c, 0);
}

int
proc_setresgid(struct proc *p, gid_t r, gid_t e, gid_t s)
{
	struct cred *c;
	int error;

	if ((error = change_begin(p, &c)) != 0)
		return error;
	if (!cred_is_root(c) && (!id_among(r, c->cr_gid, c->cr_egid, c->cr_sgid) ||
	    !id_among(e, c->cr_gid, c->cr_egid, c->cr_sgid) ||
	    !id_among(s, c->cr_gid, c->cr_egid, c->cr_sgid)))
		return change_end(p, c, EPERM);
	if (r != ID_NONE)
		c->cr_gid = r;
	if (e != ID_NONE)
		c->cr_egid = e;
	if (s != ID_NONE)
		c->cr_sgid = s;
	c->cr_fsgid = c->cr_egid;
	return change_end(p, c, 0);
}

/*
 * The saved id follows the effective one when the real id is set, or the effective one to something
 * else than the real one.
 */
int
proc_setreuid(struct proc *p, uid_t r, uid_t e)
{
	struct cred *c;
	uid_t old_real;
	int error;

	if ((error = change_begin(p, &c)) != 0)
		return error;
	old_real = c->cr_uid;
	if (!cred_is_root(c) && (!id_among(r, c->cr_uid, c->cr_euid, c->cr_euid) ||
	    !id_among(e, c->cr_uid, c->cr_euid, c->cr_suid)))
		return change_end(p, c, EPERM);
	if (r != ID_NONE)
		c->cr_uid = r;
	if (e != ID_NONE)
		c->cr_euid = e;
	if (r != ID_NONE || (e != ID_NONE && e != old_real))
		c->cr_suid = c->cr_euid;
	c->cr_fsuid = c->cr_euid;
	return change_end(p, c, 0);
}

int
proc_setregid(struct proc *p, gid_t r, gid_t e)
{
	struct cred *c;
	gid_t old_real;
	int error;

	if ((error = change_begin(p, &c)) != 0)
		return error;
	old_real = c->cr_gid;
	if (!cred_is_root(c) && (!id_among(r, c->cr_gid, c->cr_egid, c->cr_egid) ||
	    !id_among(e, c->cr_gid, c->cr_egid, c->cr_sgid)))
		return change_end(p, c, EPERM);
	if (r != ID_NONE)
		c->cr_gid = r;
	if (e != ID_NONE)
		c->cr_egid = e;
	if (r != ID_NONE || (e != ID_NONE && e != old_real))
		c->cr_sgid = c->cr_egid;
	c->cr_fsgid = c->cr_egid;
	return change_end(p, c, 0);
}

int
proc_setfsuid(struct proc *p, uid_t uid, uid_t *old)
{
	struct cred *c;
	int error;

	if ((error = change_begin(p, &c)) != 0)
		return error;
	*old = c->cr_fsuid;
	if (!cred_is_root(c) && (uid == ID_NONE || (uid != c->cr_fsuid &&
	    !id_among(uid, c->cr_uid, c->cr_euid, c->cr_suid))))
		return change_end(p, c, EPERM);
	if (uid != ID_NONE)
		c->cr_fsuid = uid;
	return change_end(p, c, 0);
}

int
proc_setfsgid(struct proc *p, gid_t gid, gid_t *old)
{
	struct cred *c;
	int error;

	if ((error = change_begin(p, &c)) != 0)
		return error;
	*old = c->cr_fsgid;
	if (!cred_is_root(c) && (gid == ID_NONE || (gid != c->cr_fsgid &&
	    !id_among(gid, c->cr_gid, c->cr_egid, c->cr_sgid))))
		return change_end(p, c, EPERM);
	if (gid != ID_NONE)
		c->cr_fsgid = gid;
	return change_end(p, c, 0);
}

int
proc_setgroups(struct proc *p, const gid_t *groups, uint32_t n)
{
	struct cred *c;
	int error;

	if (n > CRED_NGROUPS)
		return EINVAL;
	if ((error = change_begin(p, &c)) != 0)
		return error;
	if (!cred_is_root(c))
		return change_end(p, c, EPERM);
	c->cr_ngroups = n;
	memcpy(c->cr_groups, groups, n * sizeof(groups[0]));
	return change_end(p, c, 0);
}

int
proc_check_same(struct proc *caller, struct proc *p)
{
	struct cred *a, *b;
	bool same, tainted;

	if (caller == p)
		return 0;
	a = proc_cred_hold(caller);
	spin_lock(&p->p_lock);
	b = cred_hold(p->p_cred);
	tainted = (p->p_flags & (PF_SUGID | PF_NODUMP | PF_KERNEL)) != 0;
	spin_unlock(&p->p_lock);
	same = a->cr_uid == b->cr_uid && a->cr_uid == b->cr_euid && a->cr_uid == b->cr_suid &&
	    a->cr_gid == b->cr_gid && a->cr_gid == b->cr_egid && a->cr_gid == b->cr_sgid &&
	    !tainted;
	same = same || cred_is_root(a);
	cred_drop(a);
	cred_drop(b);
	return same ? 0 : EPERM;
}
