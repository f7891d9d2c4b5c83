/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mqueue: the file system of message queues. One flat folder, the same for everybody, whether it
 * is mounted somewhere or not; a queue is a file in it, with owner and mode, and lives until its
 * name is removed and nobody has it open.
 *
 * A node embeds vnode and queue. The folder keeps one reference of each node that has a name;
 * open files hold the others. Names are in one list, ordered by cookie, under the mount's tree
 * lock: there are at most MQ_QUEUES_MAX of them.
 *
 * Accounting. What a queue may come to hold is charged to the real uid of its maker when it is
 * made (RLIMIT_MSGQUEUE) and given back when it is freed; so sending never fails for want of
 * quota.
 *
 * Notices name a process, held, which is dead perhaps when the message comes: the signal is then
 * lost with it. They carry the exec generation of the moment: a program does not get the signals
 * that another one asked for.
 */
#include "fs/mqueue/mqfs.h"

#include "file/fd.h"
#include "fs/vfs.h"
#include "mem/cache.h"
#include "proc/cred.h"
#include "proc/limits.h"
#include "proc/proc.h"
#include "proc/ucount.h"
#include "signal/signal.h"

#define MQUEUE_MAGIC	0x19800202u
#define STATUS_SIZE	80	/* st_size of a queue, for programs that want one */
#define COOKIE_FIRST	2	/* 0 and 1 are "." and ".." */
#define INO_ROOT	1
#define HARD_MSG	65536u
#define HARD_MSGSIZE	(1u << 20)

/* T mnt_tree_lock   C constant */
struct mq_node {
	struct vnode	 mn_vnode;
	struct mqueue	 mn_queue;
	struct ucount	*mn_charge;	/* C  ref */
	uint64_t	 mn_charged;	/* C  bytes */
	struct list	 mn_link;	/* T */
	off_t		 mn_cookie;	/* T */
	char		 mn_name[VFS_NAME_MAX + 1];	/* C */
};

struct notice {
	struct mq_notice n_notice;	/* first */
	struct proc	*n_proc;	/* ref */
	uint64_t	 n_exec_gen;
	uint64_t	 n_value;
};

struct mqfs_tunable mqfs_tunables[MQ_NTUNABLES] = {
	[MQ_QUEUES_MAX] = { "queues_max", 256, 0, 1u << 20 },
	[MQ_MSG_MAX] = { "msg_max", 10, 1, HARD_MSG },
	[MQ_MSGSIZE_MAX] = { "msgsize_max", 8192, 128, HARD_MSGSIZE },
	[MQ_MSG_DEFAULT] = { "msg_default", 10, 1, HARD_MSG },
	[MQ_MSGSIZE_DEFAULT] = { "msgsize_default", 8192, 128, HARD_MSGSIZE },
	[MQ_OPEN_MAX] = { "mq_open_max", 512, 0, 1u << 20 },
};

static struct cache node_cache = CACHE_INIT("mqueue", struct mq_node);
static struct cache notice_cache = CACHE_INIT("mqueue_notice", struct notice);
static const struct vnode_ops mqfs_ops;
static struct mount *mq_mount;
static struct list names = LIST_INIT(names);	/* T */
static off_t next_cookie = COOKIE_FIRST;	/* T */
static ino_t last_ino = INO_ROOT;		/* A */
static uint32_t nqueues;			/* A */

static inline struct mq_node *
node_of(struct vnode *vp)
{
	return container_of(vp, struct mq_node, mn_vnode);
}

static uint32_t
tunable(enum mqfs_tunable_id id)
{
	return load_relaxed(&mqfs_tunables[id].mt_value);
}

/* ---- nodes ---- */

/* Adds to a 64-bit count, not above the limit. */
static bool
charge_try(uint64_t *count, uint64_t n, uint64_t limit)
{
	uint64_t was = load_relaxed(count);

	do {
		if (n > limit || was > limit - n)
			return false;
	} while (!atomic_cas(count, &was, was + n));
	return true;
}

/* A place among the queues and the bytes of the maker. EMFILE, ENOSPC, ENOMEM. */
static int
node_charge(struct mq_node *mn, const struct cred *cr, uint64_t bytes)
{
	uint32_t max = tunable(MQ_QUEUES_MAX);

	if ((mn->mn_charge = ucount_get(cr->cr_uid)) == NULL)
		return ENOMEM;
	if (!charge_try(&mn->mn_charge->uc_mq_bytes, bytes,
	    proc_limit(curproc(), RLIMIT_MSGQUEUE))) {
		ucount_put(mn->mn_charge);
		return EMFILE;
	}
	mn->mn_charged = bytes;
	if (atomic_add(&nqueues, 1) > max && !cred_is_root(cr)) {
		atomic_sub(&nqueues, 1);
		atomic_sub(&mn->mn_charge->uc_mq_bytes, bytes);
		ucount_put(mn->mn_charge);
		return ENOSPC;
	}
	return 0;
}

/* A queue without a name yet, one reference. */
static int
node_alloc(const char *name, const struct vnode_spec *spec, const struct cred *cr, uint32_t maxmsg,
    size_t msgsize,
    struct mq_node **out)
{
	struct mq_node *mn = cache_alloc(&node_cache);
	int error;

	if (mn == NULL)
		return ENOMEM;
	if ((error = node_charge(mn, cr, mqueue_footprint(maxmsg, msgsize))) != 0) {
		cache_free(&node_cache, mn);
		return error;
	}
	vnode_init(&mn->mn_vnode, &mqfs_ops, mq_mount, spec->ns_mode, atomic_add(&last_ino, 1));
	mn->mn_vnode.vn_uid = spec->ns_uid;
	mn->mn_vnode.vn_gid = spec->ns_gid;
	mqueue_init(&mn->mn_queue, maxmsg, msgsize);
	list_init(&mn->mn_link);
	strlcpy(mn->mn_name, name, sizeof(mn->mn_name));
	*out = mn;
	return 0;
}

static struct vnode *
mqfs_free_node(struct vnode *vp)
{
	struct mq_node *mn = node_of(vp);

	ASSERT(!list_linked(&mn->mn_link));
	mqueue_fini(&mn->mn_queue);
	atomic_sub(&nqueues, 1);
	atomic_sub(&mn->mn_charge->uc_mq_bytes, mn->mn_charged);
	ucount_put(mn->mn_charge);
	vnode_fini(vp);
	cache_free(&node_cache, mn);
	return NULL;
}

static struct mq_node *
find_locked(const char *name)
{
	list_foreach(mn, &names, struct mq_node, mn_link) {
		if (strcmp(mn->mn_name, name) == 0)
			return mn;
	}
	return NULL;
}

/* Gives a queue its name. EEXIST. */
static int
node_link(struct mq_node *mn)
{
	int error = EEXIST;

	rw_wrlock(&mq_mount->mnt_tree_lock);
	if (find_locked(mn->mn_name) == NULL) {
		mn->mn_cookie = next_cookie++;
		vnode_hold(&mn->mn_vnode);
		list_push_back(&names, &mn->mn_link);
		vnode_touch(mq_mount->mnt_root, VT_MTIME | VT_CTIME);
		error = 0;
	}
	rw_unlock(&mq_mount->mnt_tree_lock);
	return error;
}

/* ---- the folder ---- */

static int
mqfs_lookup(struct vnode *dir, const char *name, struct vnode **vpp)
{
	struct mq_node *mn;

	rw_rdlock(&mq_mount->mnt_tree_lock);
	if ((mn = find_locked(name)) != NULL)
		*vpp = vnode_hold(&mn->mn_vnode);
	rw_unlock(&mq_mount->mnt_tree_lock);
	return mn != NULL ? 0 : ENOENT;
}

static int
mqfs_parent(struct vnode *vp, struct vnode **parent, char *name, bool *gone)
{
	struct mq_node *mn = node_of(vp);

	rw_rdlock(&mq_mount->mnt_tree_lock);
	*gone = !list_linked(&mn->mn_link);
	rw_unlock(&mq_mount->mnt_tree_lock);
	*parent = vnode_hold(mq_mount->mnt_root);
	if (name != NULL)
		strlcpy(name, mn->mn_name, VFS_NAME_MAX + 1);
	return 0;
}

/* touch and its like: a queue with the default sizes. */
static int
mqfs_create(struct vnode *dir, const char *name, const struct vnode_spec *spec, struct vnode **vpp)
{
	struct cred *cr;
	struct mq_node *mn;
	int error;

	if (!S_ISREG(spec->ns_mode) || name == NULL)
		return EPERM;
	cr = proc_cred_hold(curproc());
	error = node_alloc(name, spec, cr, MIN(tunable(MQ_MSG_DEFAULT), tunable(MQ_MSG_MAX)),
	    MIN(tunable(MQ_MSGSIZE_DEFAULT), tunable(MQ_MSGSIZE_MAX)), &mn);
	cred_drop(cr);
	if (error != 0)
		return error;
	if ((error = node_link(mn)) != 0) {
		vnode_drop(&mn->mn_vnode);
		return error;
	}
	*vpp = &mn->mn_vnode;
	return 0;
}

static int
mqfs_remove(struct vnode *dir, const char *name, bool isdir, const struct cred *cr)
{
	struct mq_node *mn;
	int error;

	rw_wrlock(&mq_mount->mnt_tree_lock);
	if ((mn = find_locked(name)) == NULL)
		error = ENOENT;
	else if ((error = vnode_check_remove(dir, &mn->mn_vnode, cr)) == 0 && isdir)
		error = ENOTDIR;
	if (error == 0) {
		list_remove(&mn->mn_link);
		vnode_add_nlink(&mn->mn_vnode, -1);
		vnode_touch(dir, VT_MTIME | VT_CTIME);
	}
	rw_unlock(&mq_mount->mnt_tree_lock);
	if (error == 0)
		vnode_drop(&mn->mn_vnode);
	return error;
}

static int
mqfs_readdir(struct vnode *dir, off_t *pos, vfs_emit_fn *emit, void *arg)
{
	int error = 0;

	rw_rdlock(&mq_mount->mnt_tree_lock);
	list_foreach(mn, &names, struct mq_node, mn_link) {
		if (mn->mn_cookie < *pos)
			continue;
		error = emit(arg, mn->mn_name, strlen(mn->mn_name), mn->mn_vnode.vn_ino,
		    S_IFREG >> 12,
		    mn->mn_cookie + 1);
		if (error != 0)
			break;
		*pos = mn->mn_cookie + 1;
	}
	rw_unlock(&mq_mount->mnt_tree_lock);
	return error;
}

static int
mqfs_vopen(struct vnode *vp, struct file *f)
{
	f->f_ops = &mqueue_file_ops;
	f->f_data = &node_of(vp)->mn_queue;
	return 0;
}

static void
mqfs_stat(struct vnode *vp, struct kstat *st)
{
	st->st_size = STATUS_SIZE;
}

static void
mqfs_statfs(struct mount *mnt, struct vfs_statfs *sf)
{
	sf->sf_type = MQUEUE_MAGIC;
	sf->sf_bsize = PAGE_SIZE;
	sf->sf_namelen = VFS_NAME_MAX;
}

static const struct vnode_ops mqfs_folder_ops = {
	.vo_lookup = mqfs_lookup,
	.vo_create = mqfs_create,
	.vo_remove = mqfs_remove,
	.vo_readdir = mqfs_readdir,
	.vo_statfs = mqfs_statfs,
};

static const struct vnode_ops mqfs_ops = {
	.vo_parent = mqfs_parent,
	.vo_open = mqfs_vopen,
	.vo_stat = mqfs_stat,
	.vo_statfs = mqfs_statfs,
	.vo_free = mqfs_free_node,
};

struct mount *
mqfs_get(void)
{
	return mq_mount;
}

void
mqfs_init(void)
{
	static struct vnode folder;	/* the mount's hold keeps it for ever */

	if ((mq_mount = mount_alloc("mqueue", "mqueue", 0)) == NULL)
		panic("mqueue: no memory");
	vnode_init(&folder, &mqfs_folder_ops, mq_mount, S_IFDIR | S_ISVTX | 0777, INO_ROOT);
	folder.vn_nlink = 2;
	mq_mount->mnt_root = &folder;
}

/* ---- the calls ---- */

static int
check_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0)
		return ENOENT;
	if (strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return EACCES;
	return len > VFS_NAME_MAX ? ENAMETOOLONG : 0;
}

/* Sizes that the caller may ask for; 0 and 0 become the defaults. */
static int
check_sizes(const struct cred *cr, uint64_t *maxmsg, uint64_t *msgsize)
{
	bool root = cred_is_root(cr);

	if (*maxmsg == 0 && *msgsize == 0) {
		*maxmsg = MIN(tunable(MQ_MSG_DEFAULT), tunable(MQ_MSG_MAX));
		*msgsize = MIN(tunable(MQ_MSGSIZE_DEFAULT), tunable(MQ_MSGSIZE_MAX));
		return 0;
	}
	if (*maxmsg == 0 || *msgsize == 0 || *maxmsg > (root ? HARD_MSG : tunable(MQ_MSG_MAX)) ||
	    *msgsize > (root ? HARD_MSGSIZE : tunable(MQ_MSGSIZE_MAX)))
		return EINVAL;
	return 0;
}

/* A new queue of that name, held. EEXIST: there is one. */
static int
open_create(const struct vfs_ctx *ctx, const char *name, mode_t mode, uint64_t maxmsg,
    uint64_t msgsize,
    struct mq_node **out)
{
	const struct cred *cr = ctx->vc_cred;
	const struct vnode_spec spec = {
		.ns_mode = S_IFREG | (mode & 0777 & ~ctx->vc_umask),
		.ns_uid = cr->cr_fsuid,
		.ns_gid = cr->cr_fsgid,
	};
	int error;

	if ((error = vnode_access(mq_mount->mnt_root, cr, VACC_WRITE | VACC_EXEC)) != 0 ||
	    (error = check_sizes(cr, &maxmsg, &msgsize)) != 0 ||
	    (error = node_alloc(name, &spec, cr, (uint32_t)maxmsg, msgsize, out)) != 0)
		return error;
	if ((error = node_link(*out)) != 0)
		vnode_drop(&(*out)->mn_vnode);
	return error;
}

/* The queue that open means, held. */
static int
open_find(const struct vfs_ctx *ctx, const char *name, uint32_t oflags, mode_t mode,
    uint64_t maxmsg, uint64_t msgsize,
    struct mq_node **out)
{
	uint32_t want = (oflags & O_ACCMODE) == O_RDONLY ? VACC_READ :
	    (oflags & O_ACCMODE) == O_WRONLY ? VACC_WRITE : VACC_READ | VACC_WRITE;
	struct vnode *vp;
	int error;

	for (;;) {
		error = mqfs_lookup(mq_mount->mnt_root, name, &vp);
		if (error == 0) {
			if ((oflags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
				error = EEXIST;
			else
				error = vnode_access(vp, ctx->vc_cred, want);
			*out = node_of(vp);
			if (error != 0)
				vnode_drop(vp);
			return error;
		}
		if ((oflags & O_CREAT) == 0)
			return ENOENT;
		error = open_create(ctx, name, mode, maxmsg, msgsize, out);
		if (error != EEXIST)
			return error;
	}
}

int
mqfs_open(struct lwp *l, const struct vfs_ctx *ctx, const char *name, uint32_t oflags, mode_t mode,
    uint64_t maxmsg,
    uint64_t msgsize, struct file **fp)
{
	struct mq_node *mn;
	int error;

	if ((oflags & O_ACCMODE) == O_ACCMODE)
		return EINVAL;
	if ((error = check_name(name)) != 0)
		return error;
	if (fd_table_mqueues(l->l_proc->p_fds) >= tunable(MQ_OPEN_MAX))
		return EMFILE;
	if ((error = open_find(ctx, name, oflags, mode, maxmsg, msgsize, &mn)) != 0)
		return error;
	error = file_alloc(&mqueue_file_ops, &mn->mn_queue, oflags & (O_ACCMODE | O_NONBLOCK),
	    ctx->vc_cred, fp);
	if (error != 0)
		vnode_drop(&mn->mn_vnode);
	else
		(*fp)->f_vnode = &mn->mn_vnode;		/* whose hold becomes the file's */
	return error;
}

int
mqfs_unlink(const struct vfs_ctx *ctx, const char *name)
{
	int error;

	if ((error = check_name(name)) != 0 ||
	    (error = vnode_access(mq_mount->mnt_root, ctx->vc_cred, VACC_WRITE | VACC_EXEC)) != 0)
		return error;
	return mqfs_remove(mq_mount->mnt_root, name, false, ctx->vc_cred);
}

/* ---- notices ---- */

static void
notice_cancel(struct mq_notice *mn)
{
	struct notice *n = container_of(mn, struct notice, n_notice);

	proc_drop(n->n_proc);
	cache_free(&notice_cache, n);
}

static void
notice_fire(struct mq_notice *mn)
{
	struct notice *n = container_of(mn, struct notice, n_notice);
	struct ksiginfo info = {
		.ks_signo = mn->mn_signo,
		.ks_code = SI_MESGQ,
		.ks_pid = curproc()->p_pid,
		.ks_value = n->n_value,
	};
	struct cred *cr = proc_cred_hold(curproc());

	info.ks_uid = cr->cr_uid;
	cred_drop(cr);
	/* A queue of signals that is full loses it, as with sigqueue. */
	if (mn->mn_signo != 0 && load_relaxed(&n->n_proc->p_exec_gen) == n->n_exec_gen)
		(void)!signal_post_proc(n->n_proc, &info);
	notice_cancel(mn);
}

int
mqfs_notify(struct lwp *l, struct file *f, enum mqfs_notify_kind kind, int signo, uint64_t value)
{
	struct notice *n = cache_alloc(&notice_cache);
	int error;

	if (n == NULL)
		return ENOMEM;
	n->n_proc = proc_hold(l->l_proc);
	n->n_exec_gen = load_relaxed(&l->l_proc->p_exec_gen);
	n->n_value = value;
	n->n_notice.mn_kind = kind;
	n->n_notice.mn_signo = kind == MQ_NOTIFY_SIGNAL ? signo : 0;
	n->n_notice.mn_pid = l->l_proc->p_pid;
	n->n_notice.mn_fire = notice_fire;
	n->n_notice.mn_cancel = notice_cancel;
	if ((error = mqueue_set_notice(f, &n->n_notice, l->l_proc->p_fds)) != 0)
		notice_cancel(&n->n_notice);
	return error;
}
