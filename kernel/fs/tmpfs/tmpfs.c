/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs: a file system that is only memory. The root, /dev and what programs mount.
 *
 * A node is a vnode, embedded, and what its type needs: a folder its entries, a link its text, a
 * regular file its vm_object, whose pages are the data. Every entry holds a reference of the node
 * that it names, the mount one of the root; so a node is freed by the vnode_drop that follows
 * both the last unlink and the last use, whichever comes later.
 *
 * Entries of a folder (dirent) are in a hash table that doubles with their number, and in a list
 * ordered by cookie. A cookie is never used twice in a folder, so a readdir goes on where it was
 * whatever happened meanwhile. To find that place without a walk over the list, the folder
 * remembers the entry at which the last readdir stopped (td_hint).
 *
 * Each node also knows one entry that names it (tn_entry, for a folder the only one) and with it
 * its parent: "..", getcwd, and the names that /proc shows. When that entry is removed it is kept
 * (tn_gone), together with a hold of the parent, until the node goes or is linked again.
 *
 * All of this is guarded by the mount's tree lock: shared to look, exclusive to change. The rest
 * is in vnode.c and reg.c.
 */
#include "fs/vnode.h"

#include "file/file.h"
#include "mem/cache.h"
#include "proc/cred.h"
#include "vm/vm.h"

#define HASH_MIN	8u
#define DIRENT_SIZE	20u	/* bytes that an entry counts in st_size */
#define NLINK_MAX	65000u
#define COOKIE_FIRST	2	/* 0 and 1 are "." and ".." */

struct tmpfs_node;

struct dirent {
	struct dirent	*d_next;	/* in the hash chain */
	struct list	 d_link;	/* in cookie order */
	struct tmpfs_node *d_dir;
	struct tmpfs_node *d_node;	/* ref  null for what keeps only the name of a removed
					 * node */
	off_t		 d_cookie;
	uint32_t	 d_hash;
	uint8_t		 d_len;
	char		 d_name[];
};

struct tmpfs_dir {
	struct dirent	**td_hash;
	uint32_t	 td_size;	/* of the table, a power of two */
	uint32_t	 td_count;
	off_t		 td_cookie;	/* of the next entry */
	struct list	 td_entries;
	struct dirent	*td_hint;	/* A  any entry, or null */
};

/* All fields: mnt_tree_lock, or constant. */
struct tmpfs_node {
	struct vnode	 tn_vnode;
	struct dirent	*tn_entry;	/* one that names it; null for the root and for what is
					 * linked nowhere */
	struct dirent	*tn_gone;	/* or the one that did: own, and a hold of its folder */
	union {
		struct tmpfs_dir *tn_dir;
		char	*tn_target;
	};
};

struct tmpfs {
	ino_t		 t_last_ino;	/* A */
	uint64_t	 t_nodes;	/* A */
};

static struct cache node_cache = CACHE_INIT("tmpfs_node", struct tmpfs_node);
static struct cache dir_cache = CACHE_INIT("tmpfs_dir", struct tmpfs_dir);
static const struct vnode_ops tmpfs_ops;

static inline struct tmpfs_node *
node_of(struct vnode *vp)
{
	return container_of(vp, struct tmpfs_node, tn_vnode);
}

static inline struct tmpfs *
tmpfs_of(struct vnode *vp)
{
	return vp->vn_mount->mnt_data;
}

static uint32_t
name_hash(const char *name, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * 16777619u;
	return h ^ h >> 15;
}

/* ---- folders; the tree lock is held ---- */

static struct tmpfs_dir *
dir_alloc(void)
{
	struct tmpfs_dir *td;

	if ((td = cache_alloc(&dir_cache)) == NULL)
		return NULL;
	td->td_cookie = COOKIE_FIRST;
	list_init(&td->td_entries);
	return td;
}

static struct dirent *
dir_find(const struct tmpfs_dir *td, const char *name)
{
	size_t len = strlen(name);
	uint32_t h = name_hash(name, len);

	if (td->td_size == 0)
		return NULL;
	for (struct dirent *d = td->td_hash[h & (td->td_size - 1)]; d != NULL; d = d->d_next) {
		if (d->d_hash == h && d->d_len == len && memcmp(d->d_name, name, len) == 0)
			return d;
	}
	return NULL;
}

/*
 * Makes room for one entry more. When a larger table cannot be had, the old one goes on with
 * longer chains.
 */
static int
dir_reserve(struct tmpfs_dir *td)
{
	uint32_t size = td->td_size == 0 ? HASH_MIN : td->td_size * 2;
	struct dirent **hash, *d, *next;

	if (td->td_count < td->td_size)
		return 0;
	if ((hash = kmalloc_array(size, sizeof(*hash))) == NULL)
		return td->td_size == 0 ? ENOSPC : 0;
	for (uint32_t i = 0; i < td->td_size; i++) {
		for (d = td->td_hash[i]; d != NULL; d = next) {
			next = d->d_next;
			d->d_next = hash[d->d_hash & (size - 1)];
			hash[d->d_hash & (size - 1)] = d;
		}
	}
	kfree(td->td_hash);
	td->td_hash = hash;
	td->td_size = size;
	return 0;
}

static struct dirent *
dirent_alloc(const char *name)
{
	size_t len = strlen(name);
	struct dirent *d;

	if ((d = kmalloc(sizeof(*d) + len + 1)) == NULL)
		return NULL;
	list_init(&d->d_link);
	memcpy(d->d_name, name, len + 1);
	d->d_len = (uint8_t)len;
	d->d_hash = name_hash(name, len);
	return d;
}

/*
 * Forgets under which name the node was known before. Returns the folder whose hold is to be
 * dropped when unlocked.
 */
static struct vnode *
node_forget_gone(struct tmpfs_node *tn)
{
	struct vnode *dir = NULL;

	if (tn->tn_gone != NULL) {
		dir = &tn->tn_gone->d_dir->tn_vnode;
		kfree(tn->tn_gone);
		tn->tn_gone = NULL;
	}
	return dir;
}

/* Puts an entry that names tn (and takes over a reference of it) into dir, which has room. */
static void
dir_insert(struct tmpfs_node *dir, struct dirent *d, struct tmpfs_node *tn)
{
	struct tmpfs_dir *td = dir->tn_dir;
	struct dirent **bucket = &td->td_hash[d->d_hash & (td->td_size - 1)];

	d->d_dir = dir;
	d->d_node = tn;
	d->d_cookie = td->td_cookie++;
	d->d_next = *bucket;
	*bucket = d;
	list_push_back(&td->td_entries, &d->d_link);
	td->td_count++;
	tn->tn_entry = d;
	if (S_ISDIR(tn->tn_vnode.vn_mode))
		vnode_add_nlink(&dir->tn_vnode, 1);
	vnode_touch(&dir->tn_vnode, VT_MTIME | VT_CTIME);
}

/* Takes an entry out. Its reference of the node becomes the caller's; the entry too. */
static void
dir_extract(struct dirent *d)
{
	struct tmpfs_node *dir = d->d_dir, *tn = d->d_node;
	struct tmpfs_dir *td = dir->tn_dir;
	struct dirent **p = &td->td_hash[d->d_hash & (td->td_size - 1)];

	while (*p != d)
		p = &(*p)->d_next;
	*p = d->d_next;
	if (load_relaxed(&td->td_hint) == d)
		store_relaxed(&td->td_hint, list_next(&td->td_entries, d, struct dirent, d_link));
	list_remove(&d->d_link);
	td->td_count--;
	if (S_ISDIR(tn->tn_vnode.vn_mode))
		vnode_add_nlink(&dir->tn_vnode, -1);
	vnode_touch(&dir->tn_vnode, VT_MTIME | VT_CTIME);
}

/*
 * An entry has been taken out and its node stays unnamed by it: kept as the node's old name if it
 * was the known one, else freed. Returns a folder whose hold is to be dropped when unlocked.
 */
static struct vnode *
dirent_retire(struct dirent *d)
{
	struct tmpfs_node *tn = d->d_node;
	struct vnode *drop;

	if (tn->tn_entry != d) {
		kfree(d);
		return NULL;
	}
	drop = node_forget_gone(tn);
	tn->tn_entry = NULL;
	tn->tn_gone = d;
	d->d_node = NULL;
	vnode_hold(&d->d_dir->tn_vnode);
	return drop;
}

static bool
dir_removed(const struct tmpfs_node *dir)
{
	return dir->tn_vnode.vn_nlink == 0;
}

/* ---- nodes ---- */

static struct vnode *
tmpfs_free_node(struct vnode *vp)
{
	struct tmpfs_node *tn = node_of(vp);
	struct vnode *drop = node_forget_gone(tn);

	if (S_ISDIR(vp->vn_mode)) {
		KASSERT(tn->tn_dir == NULL || tn->tn_dir->td_count == 0);
		if (tn->tn_dir != NULL)
			kfree(tn->tn_dir->td_hash);
		cache_free(&dir_cache, tn->tn_dir);
	} else if (S_ISLNK(vp->vn_mode)) {
		kfree(tn->tn_target);
	}
	vnode_fini(vp);
	atomic_sub(&tmpfs_of(vp)->t_nodes, 1);
	cache_free(&node_cache, tn);
	return drop;
}

static int
node_alloc(struct mount *mnt, const struct vnode_spec *spec, struct tmpfs_node **tnp)
{
	struct tmpfs *t = mnt->mnt_data;
	struct tmpfs_node *tn;
	struct vnode *vp;
	bool ok = true;

	if ((tn = cache_alloc(&node_cache)) == NULL)
		return ENOSPC;
	vp = &tn->tn_vnode;
	vnode_init(vp, &tmpfs_ops, mnt, spec->ns_mode, atomic_add(&t->t_last_ino, 1));
	atomic_add(&t->t_nodes, 1);
	vp->vn_uid = spec->ns_uid;
	vp->vn_gid = spec->ns_gid;
	vp->vn_rdev = spec->ns_rdev;
	if (S_ISREG(spec->ns_mode)) {
		ok = (vp->vn_object = vm_object_create_anon(0)) != NULL;
	} else if (S_ISDIR(spec->ns_mode)) {
		ok = (tn->tn_dir = dir_alloc()) != NULL;
		vp->vn_nlink = 2;
	} else if (S_ISLNK(spec->ns_mode)) {
		ok = (tn->tn_target = kstrdup(spec->ns_target)) != NULL;
	}
	if (!ok) {
		vnode_drop(vp);
		return ENOSPC;
	}
	*tnp = tn;
	return 0;
}

/* ---- operations ---- */

static int
tmpfs_lookup(struct vnode *dvp, const char *name, struct vnode **vpp)
{
	struct tmpfs_node *dir = node_of(dvp);
	struct dirent *d;
	int error = ENOENT;

	if (!S_ISDIR(dvp->vn_mode))
		return ENOTDIR;
	rw_rdlock(&dvp->vn_mount->mnt_tree_lock);
	if ((d = dir_find(dir->tn_dir, name)) != NULL) {
		*vpp = vnode_hold(&d->d_node->tn_vnode);
		error = 0;
	}
	rw_unlock(&dvp->vn_mount->mnt_tree_lock);
	return error;
}

static int
tmpfs_parent(struct vnode *vp, struct vnode **parent, char *name, bool *gone)
{
	struct tmpfs_node *tn = node_of(vp);
	struct dirent *d;
	int error = ENOENT;

	rw_rdlock(&vp->vn_mount->mnt_tree_lock);
	d = tn->tn_entry != NULL ? tn->tn_entry : tn->tn_gone;
	if (d != NULL) {
		*gone = tn->tn_entry == NULL;
		*parent = vnode_hold(&d->d_dir->tn_vnode);
		if (name != NULL)
			memcpy(name, d->d_name, d->d_len + 1u);
		error = 0;
	}
	rw_unlock(&vp->vn_mount->mnt_tree_lock);
	return error;
}

/* Links a new entry d for tn; the reference that the entry keeps is taken here. */
static int
insert_new(struct tmpfs_node *dir, struct dirent *d, struct tmpfs_node *tn)
{
	int error;

	if (dir_removed(dir))
		return ENOENT;
	if (dir_find(dir->tn_dir, d->d_name) != NULL)
		return EEXIST;
	if (S_ISDIR(tn->tn_vnode.vn_mode) && dir->tn_vnode.vn_nlink >= NLINK_MAX)
		return EMLINK;
	if ((error = dir_reserve(dir->tn_dir)) != 0)
		return error;
	vnode_hold(&tn->tn_vnode);
	dir_insert(dir, d, tn);
	return 0;
}

static int
tmpfs_create(struct vnode *dvp, const char *name, const struct vnode_spec *spec, struct vnode **vpp)
{
	struct tmpfs_node *tn;
	struct dirent *d;
	int error;

	if (vfs_no_space())
		return ENOSPC;
	if ((error = node_alloc(dvp->vn_mount, spec, &tn)) != 0)
		return error;
	if (name == NULL) {
		tn->tn_vnode.vn_nlink = 0;
		*vpp = &tn->tn_vnode;
		return 0;
	}
	if ((d = dirent_alloc(name)) == NULL) {
		vnode_drop(&tn->tn_vnode);
		return ENOSPC;
	}
	rw_wrlock(&dvp->vn_mount->mnt_tree_lock);
	error = insert_new(node_of(dvp), d, tn);
	rw_unlock(&dvp->vn_mount->mnt_tree_lock);
	if (error != 0) {
		kfree(d);
		vnode_drop(&tn->tn_vnode);
		return error;
	}
	*vpp = &tn->tn_vnode;
	return 0;
}

static int
tmpfs_link(struct vnode *dvp, const char *name, struct vnode *vp)
{
	struct tmpfs_node *tn = node_of(vp);
	struct vnode *drop = NULL;
	struct dirent *d;
	int error;

	if ((d = dirent_alloc(name)) == NULL)
		return ENOSPC;
	rw_wrlock(&dvp->vn_mount->mnt_tree_lock);
	if (vp->vn_nlink >= NLINK_MAX)
		error = EMLINK;
	else if (vp->vn_nlink == 0 && tn->tn_gone != NULL)
		error = ENOENT;		/* removed; but what O_TMPFILE made may be linked */
	else
		error = insert_new(node_of(dvp), d, tn);
	if (error == 0) {
		vnode_add_nlink(vp, 1);
		drop = node_forget_gone(tn);
	}
	rw_unlock(&dvp->vn_mount->mnt_tree_lock);
	vnode_drop(drop);
	if (error != 0)
		kfree(d);
	return error;
}

/* A node lost an entry; a folder loses its own "." with it. */
static void
node_unlinked(struct tmpfs_node *tn)
{
	vnode_add_nlink(&tn->tn_vnode, S_ISDIR(tn->tn_vnode.vn_mode) ? -(int)tn->tn_vnode.vn_nlink :
	    -1);
}

static int
tmpfs_remove(struct vnode *dvp, const char *name, bool isdir, const struct cred *cr)
{
	struct vnode *vp = NULL, *drop = NULL;
	struct dirent *d;
	int error = 0;

	rw_wrlock(&dvp->vn_mount->mnt_tree_lock);
	if ((d = dir_find(node_of(dvp)->tn_dir, name)) == NULL) {
		error = ENOENT;
	} else {
		vp = &d->d_node->tn_vnode;
		if ((error = vnode_check_remove(dvp, vp, cr)) == 0) {
			if (S_ISDIR(vp->vn_mode) != isdir)
				error = isdir ? ENOTDIR : EISDIR;
			else if (isdir && d->d_node->tn_dir->td_count > 0)
				error = ENOTEMPTY;
		}
	}
	if (error == 0) {
		dir_extract(d);
		node_unlinked(d->d_node);
		drop = dirent_retire(d);
	}
	rw_unlock(&dvp->vn_mount->mnt_tree_lock);
	if (error == 0) {
		vnode_drop(drop);
		vnode_drop(vp);
	}
	return error;
}

/* ---- rename ---- */

/* Whether dir lies in the subtree of tn, or is it. */
static bool
is_below(const struct tmpfs_node *dir, const struct tmpfs_node *tn)
{
	for (;;) {
		if (dir == tn)
			return true;
		if (dir->tn_entry == NULL)
			return false;
		dir = dir->tn_entry->d_dir;
	}
}

/* A folder that moves gets another "..": whoever moves it must be able to write it. */
static int
check_move(struct tmpfs_node *tn, struct tmpfs_node *from, struct tmpfs_node *to,
    const struct cred *cr)
{
	struct vnode *vp = &tn->tn_vnode;

	if (!S_ISDIR(vp->vn_mode) || from == to)
		return 0;
	if (is_below(to, tn))
		return EINVAL;
	return cred_check_access(cr, vp->vn_uid, vp->vn_gid, vp->vn_mode, 2);
}

static int
check_replace(struct tmpfs_node *ndir, struct dirent *src, struct dirent *dst,
    const struct cred *cr)
{
	struct vnode *from = &src->d_node->tn_vnode, *to = &dst->d_node->tn_vnode;
	int error;

	/* The target is above the source: it is not empty. */
	if (S_ISDIR(to->vn_mode) && is_below(src->d_dir, dst->d_node))
		return ENOTEMPTY;
	if ((error = vnode_check_remove(&ndir->tn_vnode, to, cr)) != 0)
		return error;
	if (S_ISDIR(from->vn_mode) && !S_ISDIR(to->vn_mode))
		return ENOTDIR;
	if (!S_ISDIR(from->vn_mode) && S_ISDIR(to->vn_mode))
		return EISDIR;
	return S_ISDIR(to->vn_mode) && dst->d_node->tn_dir->td_count > 0 ? ENOTEMPTY : 0;
}

/*
 * Two names change what they mean. The entries stay where they are; nodes and link counts of
 * parents move.
 */
static int
rename_exchange(struct dirent *a, struct dirent *b, const struct cred *cr)
{
	struct tmpfs_node *an = a->d_node, *bn = b->d_node, *adir = a->d_dir, *bdir = b->d_dir;
	bool a_isdir = S_ISDIR(an->tn_vnode.vn_mode), b_isdir = S_ISDIR(bn->tn_vnode.vn_mode);
	int error;

	if ((error = vnode_check_remove(&bdir->tn_vnode, &bn->tn_vnode, cr)) != 0 ||
	    (error = check_move(an, adir, bdir, cr)) != 0 ||
	    (error = check_move(bn, bdir, adir, cr)) != 0)
		return error;
	if (an == bn)
		return 0;
	a->d_node = bn;
	b->d_node = an;
	if (an->tn_entry == a || a_isdir)
		an->tn_entry = b;
	if (bn->tn_entry == b || b_isdir)
		bn->tn_entry = a;
	if (a_isdir != b_isdir && adir != bdir) {
		vnode_add_nlink(&adir->tn_vnode, a_isdir ? -1 : 1);
		vnode_add_nlink(&bdir->tn_vnode, a_isdir ? 1 : -1);
	}
	vnode_touch(&adir->tn_vnode, VT_MTIME | VT_CTIME);
	vnode_touch(&bdir->tn_vnode, VT_MTIME | VT_CTIME);
	vnode_touch(&an->tn_vnode, VT_CTIME);
	vnode_touch(&bn->tn_vnode, VT_CTIME);
	return 0;
}

/* What a rename leaves behind, to be dropped when unlocked. */
struct rename_rest {
	struct vnode	*rr_victim;
	struct vnode	*rr_dir;
	struct dirent	*rr_entry;
};

/* src goes, fresh (named as the target) comes in its place. dst, if any, has been checked. */
static int
rename_move(struct dirent *src, struct tmpfs_node *ndir, struct dirent *dst, struct dirent *fresh,
    struct rename_rest *rest)
{
	struct tmpfs_node *tn = src->d_node;
	int error;

	if (dst == NULL && (error = dir_reserve(ndir->tn_dir)) != 0)
		return error;
	if (dst != NULL) {
		dir_extract(dst);
		node_unlinked(dst->d_node);
		rest->rr_victim = &dst->d_node->tn_vnode;
		rest->rr_dir = dirent_retire(dst);
	}
	dir_extract(src);
	dir_insert(ndir, fresh, tn);
	rest->rr_entry = src;
	vnode_touch(&tn->tn_vnode, VT_CTIME);
	return 0;
}

static int
rename_locked(struct tmpfs_node *odir, const char *oname, struct tmpfs_node *ndir,
    struct dirent *fresh,
    uint32_t flags, const struct cred *cr, struct rename_rest *rest)
{
	struct dirent *src, *dst;
	int error;

	if ((src = dir_find(odir->tn_dir, oname)) == NULL || dir_removed(ndir))
		return ENOENT;
	dst = dir_find(ndir->tn_dir, fresh->d_name);
	if ((flags & 1) != 0 && dst != NULL)	/* NOREPLACE */
		return EEXIST;
	if ((error = check_move(src->d_node, odir, ndir, cr)) == EINVAL)
		return error;
	if (dst != NULL && dst->d_node == src->d_node)
		return 0;			/* two names of one file: nothing happens */
	if (error != 0 ||
	    (error = vnode_check_remove(&odir->tn_vnode, &src->d_node->tn_vnode, cr)) != 0)
		return error;
	if ((flags & 2) != 0)			/* EXCHANGE */
		return dst == NULL ? ENOENT : rename_exchange(src, dst, cr);
	if (dst != NULL && (error = check_replace(ndir, src, dst, cr)) != 0)
		return error;
	return rename_move(src, ndir, dst, fresh, rest);
}

static int
tmpfs_rename(struct vnode *odvp, const char *oname, struct vnode *ndvp, const char *nname,
    uint32_t flags,
    const struct cred *cr)
{
	struct rename_rest rest = { NULL, NULL, NULL };
	struct dirent *fresh;
	int error;

	if ((fresh = dirent_alloc(nname)) == NULL)
		return ENOSPC;
	rw_wrlock(&odvp->vn_mount->mnt_tree_lock);
	error = rename_locked(node_of(odvp), oname, node_of(ndvp), fresh, flags, cr, &rest);
	rw_unlock(&odvp->vn_mount->mnt_tree_lock);
	/*
	 * On success of a plain move, fresh is in use and the old entry is left over; else fresh
	 * is.
	 */
	kfree(rest.rr_entry != NULL ? rest.rr_entry : fresh);
	vnode_drop(rest.rr_dir);
	vnode_drop(rest.rr_victim);
	return error;
}

/* ---- reading ---- */

static struct dirent *
readdir_start(struct tmpfs_dir *td, off_t pos)
{
	struct dirent *d = load_relaxed(&td->td_hint);

	if (d == NULL || d->d_cookie > pos)
		d = list_first(&td->td_entries, struct dirent, d_link);
	while (d != NULL && d->d_cookie < pos)
		d = list_next(&td->td_entries, d, struct dirent, d_link);
	return d;
}

static int
tmpfs_readdir(struct vnode *dvp, off_t *pos, vfs_emit_fn *fn, void *arg)
{
	struct tmpfs_dir *td = node_of(dvp)->tn_dir;
	struct dirent *d;

	rw_rdlock(&dvp->vn_mount->mnt_tree_lock);
	for (d = readdir_start(td, *pos); d != NULL;
	    d = list_next(&td->td_entries, d, struct dirent, d_link)) {
		struct vnode *vp = &d->d_node->tn_vnode;

		if (fn(arg, d->d_name, d->d_len, vp->vn_ino,
		    (uint8_t)((vp->vn_mode & S_IFMT) >> 12),
		    d->d_cookie + 1) != 0)
			break;
		*pos = d->d_cookie + 1;
	}
	store_relaxed(&td->td_hint, d);
	rw_unlock(&dvp->vn_mount->mnt_tree_lock);
	return 0;
}

static int
tmpfs_readlink(struct vnode *vp, char *buf, size_t size, size_t *len)
{
	struct tmpfs_node *tn = node_of(vp);

	*len = MIN(strlen(tn->tn_target), size);
	memcpy(buf, tn->tn_target, *len);
	return 0;
}

static void
tmpfs_stat(struct vnode *vp, struct kstat *st)
{
	struct tmpfs_node *tn = node_of(vp);

	if (S_ISDIR(st->st_mode))
		st->st_size = (load_relaxed(&tn->tn_dir->td_count) + 2ul) * DIRENT_SIZE;
	else if (S_ISLNK(st->st_mode))
		st->st_size = strlen(tn->tn_target);
}

static void
tmpfs_statfs(struct mount *mnt, struct vfs_statfs *sf)
{
	struct tmpfs *t = mnt->mnt_data;

	sf->sf_type = 0x01021994;
	sf->sf_blocks = pages_total;
	sf->sf_bfree = pages_free_count();
	sf->sf_ffree = sf->sf_bfree;
	sf->sf_files = load_relaxed(&t->t_nodes) + sf->sf_ffree;
}

static const struct vnode_ops tmpfs_ops = {
	.vo_lookup = tmpfs_lookup,
	.vo_parent = tmpfs_parent,
	.vo_create = tmpfs_create,
	.vo_link = tmpfs_link,
	.vo_remove = tmpfs_remove,
	.vo_rename = tmpfs_rename,
	.vo_readdir = tmpfs_readdir,
	.vo_readlink = tmpfs_readlink,
	.vo_stat = tmpfs_stat,
	.vo_statfs = tmpfs_statfs,
	.vo_free = tmpfs_free_node,
};

/* ---- mounts ---- */

int
tmpfs_mount(const char *fstype, const char *source, uint32_t flags, struct mount **mntp)
{
	struct vnode_spec spec = { .ns_mode = S_IFDIR | 01777 };
	struct tmpfs_node *root;
	struct mount *mnt;
	struct tmpfs *t;

	if ((mnt = mount_alloc(fstype, source, flags)) == NULL)
		return ENOMEM;
	if ((t = kmalloc(sizeof(*t))) == NULL)
		goto fail;
	mnt->mnt_data = t;
	if (node_alloc(mnt, &spec, &root) != 0)
		goto fail;
	mnt->mnt_root = &root->tn_vnode;
	*mntp = mnt;
	return 0;
fail:
	kfree(t);
	mount_free(mnt);
	return ENOMEM;
}

/*
 * The next node of a subtree in an order that visits children before their folder: the deepest
 * first entry.
 */
static struct dirent *
deepest(struct tmpfs_node *dir)
{
	struct dirent *d = NULL, *next;

	while (S_ISDIR(dir->tn_vnode.vn_mode) &&
	    (next = list_first(&dir->tn_dir->td_entries, struct dirent, d_link)) != NULL) {
		d = next;
		dir = d->d_node;
	}
	return d;
}

/*
 * Whether anything but the tree itself refers to its nodes: each has as many references as
 * entries (the root one). *nodes: how many there are, to compare with how many live.
 */
static bool
tree_idle(struct tmpfs_node *root, uint64_t *nodes)
{
	struct tmpfs_node *dir = root;
	struct dirent *d;

	*nodes = 1;
	if (ref_read(&root->tn_vnode.vn_refs) != 1)
		return false;
	d = list_first(&dir->tn_dir->td_entries, struct dirent, d_link);
	for (;;) {
		while (d == NULL) {			/* up, and on to the right */
			if (dir == root)
				return true;
			d = dir->tn_entry;
			dir = d->d_dir;
			d = list_next(&dir->tn_dir->td_entries, d, struct dirent, d_link);
		}
		struct vnode *vp = &d->d_node->tn_vnode;
		bool isdir = S_ISDIR(vp->vn_mode);

		if (ref_read(&vp->vn_refs) != (isdir ? 1 : vp->vn_nlink) ||
		    vp->vn_covered_by != NULL)
			return false;
		*nodes += d->d_node->tn_entry == d;
		if (isdir) {
			dir = d->d_node;
			d = list_first(&dir->tn_dir->td_entries, struct dirent, d_link);
		} else {
			d = list_next(&dir->tn_dir->td_entries, d, struct dirent, d_link);
		}
	}
}

int
tmpfs_unmount(struct mount *mnt)
{
	struct tmpfs_node *root = node_of(mnt->mnt_root);
	struct tmpfs *t = mnt->mnt_data;
	struct dirent *d;
	uint64_t nodes;
	bool idle;

	rw_wrlock(&mnt->mnt_tree_lock);
	idle = tree_idle(root, &nodes) && nodes == load_relaxed(&t->t_nodes);
	rw_unlock(&mnt->mnt_tree_lock);
	if (!idle)
		return EBUSY;
	while ((d = deepest(root)) != NULL) {
		struct vnode *vp = &d->d_node->tn_vnode;

		dir_extract(d);
		kfree(d);
		vnode_drop(vp);
	}
	vnode_drop(&root->tn_vnode);
	kfree(t);
	mount_free(mnt);
	return 0;
}
