/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on user and group ids. Capabilities are not modelled: root has all of them, others
 * none.
 */
#include "abi/linux/linux_int.h"

STATIC_ASSERT(ID_NONE == (uint32_t)-1);

/* Reads one id of the caller's credential. */
#define CRED_GETTER(name, field)			\
	int						\
	linux_sys_##name(struct linux_call *c)		\
	{						\
		struct cred *cred = proc_cred_hold(c->lc_proc); \
							\
		c->lc_ret = cred->field;		\
		cred_drop(cred);			\
		return 0;				\
	}

CRED_GETTER(getuid, cr_uid)
CRED_GETTER(geteuid, cr_euid)
CRED_GETTER(getgid, cr_gid)
CRED_GETTER(getegid, cr_egid)

static int
linux_ids_out(struct linux_call *c, const uint32_t ids[3])
{
	int error;

	for (int i = 0; i < 3; i++) {
		if ((error = copyout(&ids[i], uptr(ARG_VA(c, i)), sizeof(ids[i]))) != 0)
			return error;
	}
	return 0;
}

int
linux_sys_getresuid(struct linux_call *c)
{
	struct cred *cred = proc_cred_hold(c->lc_proc);
	const uint32_t ids[3] = { cred->cr_uid, cred->cr_euid, cred->cr_suid };

	cred_drop(cred);
	return linux_ids_out(c, ids);
}

int
linux_sys_getresgid(struct linux_call *c)
{
	struct cred *cred = proc_cred_hold(c->lc_proc);
	const uint32_t ids[3] = { cred->cr_gid, cred->cr_egid, cred->cr_sgid };

	cred_drop(cred);
	return linux_ids_out(c, ids);
}

int
linux_sys_setuid(struct linux_call *c)
{
	return proc_setuid(c->lc_proc, ARG_U32(c, 0));
}

int
linux_sys_setgid(struct linux_call *c)
{
	return proc_setgid(c->lc_proc, ARG_U32(c, 0));
}

int
linux_sys_setreuid(struct linux_call *c)
{
	return proc_setreuid(c->lc_proc, ARG_U32(c, 0), ARG_U32(c, 1));
}

int
linux_sys_setregid(struct linux_call *c)
{
	return proc_setregid(c->lc_proc, ARG_U32(c, 0), ARG_U32(c, 1));
}

int
linux_sys_setresuid(struct linux_call *c)
{
	return proc_setresuid(c->lc_proc, ARG_U32(c, 0), ARG_U32(c, 1), ARG_U32(c, 2));
}

int
linux_sys_setresgid(struct linux_call *c)
{
	return proc_setresgid(c->lc_proc, ARG_U32(c, 0), ARG_U32(c, 1), ARG_U32(c, 2));
}

/* These two tell the old id, never an error. */
int
linux_sys_setfsuid(struct linux_call *c)
{
	uid_t old = 0;
	int error = proc_setfsuid(c->lc_proc, ARG_U32(c, 0), &old);

	(void)error;
	c->lc_ret = old;
	return 0;
}

int
linux_sys_setfsgid(struct linux_call *c)
{
	gid_t old = 0;
	int error = proc_setfsgid(c->lc_proc, ARG_U32(c, 0), &old);

	(void)error;
	c->lc_ret = old;
	return 0;
}

int
linux_sys_getgroups(struct linux_call *c)
{
	struct cred *cred = proc_cred_hold(c->lc_proc);
	int size = ARG_INT(c, 0), error = 0;

	c->lc_ret = cred->cr_ngroups;
	if (size < 0)
		error = EINVAL;
	else if (size != 0) {
		if ((uint32_t)size < cred->cr_ngroups)
			error = EINVAL;
		else
			error = copyout(cred->cr_groups, uptr(ARG_VA(c, 1)),
			    cred->cr_ngroups * sizeof(gid_t));
	}
	cred_drop(cred);
	return error;
}

int
linux_sys_setgroups(struct linux_call *c)
{
	gid_t groups[CRED_NGROUPS];
	uint32_t n = ARG_U32(c, 0);
	int error;

	if (n > CRED_NGROUPS)
		return EINVAL;
	if ((error = copyin(uptr(ARG_VA(c, 1)), groups, n * sizeof(gid_t))) != 0)
		return error;
	return proc_setgroups(c->lc_proc, groups, n);
}

/*
 * How many words of each set a version of the structure has; 0: not known, and the program is told
 * the newest.
 */
static uint32_t
linux_cap_words(uint32_t version)
{
	switch (version) {
	case LX_CAP_VERSION_1:	return 1;
	case LX_CAP_VERSION_2:
	case LX_CAP_VERSION_3:	return 2;
	default:		return 0;
	}
}

static int
linux_cap_header_in(vaddr_t uhdr, struct linux_cap_header *hdr, uint32_t *words)
{
	const uint32_t newest = LX_CAP_VERSION_3;
	int error;

	if ((error = copyin(uptr(uhdr), hdr, sizeof(*hdr))) != 0)
		return error;
	if ((*words = linux_cap_words(hdr->version)) != 0)
		return 0;
	error = copyout(&newest, uptr(uhdr), sizeof(newest));
	return error != 0 ? error : EINVAL;
}

static void
linux_caps_of(struct proc *p, struct linux_cap_data data[2])
{
	struct cred *cred = proc_cred_hold(p);
	bool root = cred_is_root(cred), may = root || cred->cr_uid == 0 || cred->cr_suid == 0;
	const uint32_t all[2] = { 0xffffffffu, (1u << (LX_CAP_LAST - 31)) - 1 };

	cred_drop(cred);
	for (int i = 0; i < 2; i++) {
		data[i].effective = root ? all[i] : 0;
		data[i].permitted = may ? all[i] : 0;
		data[i].inheritable = 0;
	}
}

int
linux_sys_capget(struct linux_call *c)
{
	struct linux_cap_header hdr;
	struct linux_cap_data data[2];
	struct proc *p = NULL;
	uint32_t words;
	int error;

	error = linux_cap_header_in(ARG_VA(c, 0), &hdr, &words);
	/* A null data pointer is how a program asks for the version. */
	if (error != 0)
		return error == EINVAL && ARG_VA(c, 1) == 0 ? 0 : error;
	if (ARG_VA(c, 1) == 0)
		return 0;
	if (hdr.pid < 0)
		return EINVAL;
	if (hdr.pid != 0 && (p = proc_find(hdr.pid)) == NULL)
		return ESRCH;
	linux_caps_of(p != NULL ? p : c->lc_proc, data);
	if (p != NULL)
		proc_drop(p);
	return copyout(data, uptr(ARG_VA(c, 1)), words * sizeof(data[0]));
}

/*
 * Sets can be set to what they are. Anything else cannot be done, and is not said to have been
 * done.
 */
int
linux_sys_capset(struct linux_call *c)
{
	struct linux_cap_data data[2] = { { 0 } }, have[2];
	struct linux_cap_header hdr;
	uint32_t words;
	int error;

	if ((error = linux_cap_header_in(ARG_VA(c, 0), &hdr, &words)) != 0)
		return error;
	if (hdr.pid != 0 && hdr.pid != c->lc_proc->p_pid)
		return EPERM;
	if ((error = copyin(uptr(ARG_VA(c, 1)), data, words * sizeof(data[0]))) != 0)
		return error;
	linux_caps_of(c->lc_proc, have);
	for (uint32_t i = 0; i < words; i++) {
		if (data[i].effective != have[i].effective ||
		    data[i].permitted != have[i].permitted)
			return EPERM;
	}
	return 0;
}
