/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot archive becomes the root file system.
 *
 * Format. "newc": per entry a header of 110 characters (magic, 13 numbers of 8 hex digits), the
 * name with its zero, zeroes to a multiple of 4, the data, zeroes to a multiple of 4. The entry
 * TRAILER!!! ends an archive; zeroes may follow, and another archive, plain or gzip. Hard links
 * are entries with equal device and inode numbers; the data come with the first or with the last
 * of them, both are made by programs in use.
 *
 * The parser is fed bytes in pieces of any size, from memory or from the decoder, and keeps where
 * it is (enum state). As input is used up, its pages go to the page allocator: the archive and
 * the files made from it need not fit in memory together.
 *
 * Anything wrong ends the unpacking with a line in the log that names the entry; the caller
 * panics, as half a root is no root.
 */
#include "fs/cpio.h"

#include "arch/arch.h"
#include "fs/vfs_int.h"
#include "lib/inflate.h"
#include "mem/cache.h"
#include "mem/page.h"
#include "vm/vm.h"

#define HEADER_SIZE	110u
#define FEED_MAX	65536u		/* bytes between two rounds of freeing */
#define NLINKS		256u		/* hash buckets of hard links */

enum state { ST_HEADER, ST_NAME, ST_NAME_PAD, ST_DATA, ST_DATA_PAD };

struct header {
	uint32_t ino, mode, uid, gid, nlink, mtime, size, devmaj, devmin, rdevmaj, rdevmin,
	    namesize, check;
};

/*
 * A file of several names, by the numbers that it has in the archive; or a folder whose time is
 * to be set at the end.
 */
struct noted {
	struct noted	*n_next;
	struct vnode	*n_vnode;	/* ref */
	uint32_t	 n_ino, n_devmaj, n_devmin, n_mtime;
};

struct unpack {
	struct vfs_ctx	 u_ctx;
	enum state	 u_state;
	size_t		 u_got;		/* bytes of the current part */
	bool		 u_trailer;	/* an archive has just ended */
	uint32_t	 u_archives;
	uint32_t	 u_entries;
	int		 u_error;
	bool		 u_sums;	/* magic 070702: check is the sum of the data's bytes */
	uint32_t	 u_sum;
	struct header	 u_h;
	struct vnode	*u_vnode;	/* ref  regular file whose data come */
	struct noted	*u_links[NLINKS];
	struct noted	*u_dirs;
	paddr_t		 u_start, u_freed;	/* input: begin, and how far its pages were given
						 * back */
	size_t		 u_base;	/* offset in the input of the gzip member being decoded */
	uint8_t		 u_head[HEADER_SIZE];
	char		 u_name[VFS_PATH_MAX];
	char		 u_target[VFS_PATH_MAX];	/* text of a symbolic link */
};

static int
fail(struct unpack *u, int error, const char *why)
{
	if (u->u_error == 0) {
		klog(KLOG_ERR, "boot archive: entry %u%s%s: %s\n", u->u_entries + 1,
		    u->u_name[0] != '\0' ? " " : "", u->u_name, why);
		u->u_error = error;
	}
	return error;
}

static const char *
why_of(int error)
{
	switch (error) {
	case ENOSPC:
	case ENOMEM:
		return "out of memory";
	case ENOTDIR:
		return "a name on the way is not a directory";
	case EISDIR:
	case EEXIST:
		return "the name is taken by a directory";
	case ENAMETOOLONG:
		return "name too long";
	case ELOOP:
		return "too many symbolic links";
	default:
		return "cannot be made";
	}
}

/* ---- input pages ---- */

/* The first `used` bytes of the input will not be looked at again. */
static void
give_back(struct unpack *u, size_t used)
{
	paddr_t end = rounddown2(u->u_start + used, PAGE_SIZE);

	if (end > u->u_freed) {
		mem_add_range(u->u_freed, end - u->u_freed);
		u->u_freed = end;
	}
}

/* ---- making entries ---- */

static int
make_parents(struct unpack *u, char *path)
{
	struct vnode *vp;
	int error;

	for (char *p = path; (p = strchr(p, '/')) != NULL; p++) {
		if (p == path)
			continue;
		*p = '\0';
		error = vfs_mkdir(&u->u_ctx, path, 0755);
		if (error == EEXIST) {
			error = vfs_lookup(&u->u_ctx, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &vp);
			if (error == 0)
				vnode_drop(vp);
		}
		*p = '/';
		if (error != 0)
			return error;
	}
	return 0;
}

static void
set_attrs(struct vnode *vp, const struct header *h)
{
	spin_lock(&vp->vn_attr_lock);
	vp->vn_mode = (vp->vn_mode & S_IFMT) | (h->mode & 07777);
	vp->vn_uid = h->uid;
	vp->vn_gid = h->gid;
	vp->vn_mtime = vp->vn_atime = (struct vfs_time){ .vt_sec = h->mtime };
	spin_unlock(&vp->vn_attr_lock);
}

static int
note(struct noted **list, struct vnode *vp, const struct header *h)
{
	struct noted *n;

	if ((n = kmalloc(sizeof(*n))) == NULL)
		return ENOMEM;
	n->n_vnode = vnode_hold(vp);
	n->n_ino = h->ino;
	n->n_devmaj = h->devmaj;
	n->n_devmin = h->devmin;
	n->n_mtime = h->mtime;
	n->n_next = *list;
	*list = n;
	return 0;
}

static void
notes_free(struct noted **list)
{
	struct noted *n;

	while ((n = *list) != NULL) {
		*list = n->n_next;
		vnode_drop(n->n_vnode);
		kfree(n);
	}
}

static struct noted **
link_bucket(struct unpack *u, const struct header *h)
{
	return &u->u_links[(h->ino ^ h->devmin * 31) % NLINKS];
}

static struct vnode *
link_find(struct unpack *u, const struct header *h)
{
	for (struct noted *n = *link_bucket(u, h); n != NULL; n = n->n_next) {
		if (n->n_ino == h->ino && n->n_devmaj == h->devmaj && n->n_devmin == h->devmin)
			return n->n_vnode;
	}
	return NULL;
}

/* A folder that is there already keeps its contents. */
static int
make_dir(struct unpack *u, const char *path)
{
	struct vnode *vp;
	int error;

	error = vfs_mkdir(&u->u_ctx, path, u->u_h.mode & 07777);
	if (error != 0 && error != EEXIST)
		return error;
	error = vfs_lookup(&u->u_ctx, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &vp);
	if (error != 0)
		return error;
	set_attrs(vp, &u->u_h);
	error = note(&u->u_dirs, vp, &u->u_h);
	vnode_drop(vp);
	return error;
}

/* A further name of a file: what it was made as counts, but the data may come only now. */
static int
make_link(struct unpack *u, const char *path, struct vnode *vp)
{
	struct walk w;
	int error;

	if ((error = walk(&u->u_ctx, path, WALK_NEW, 0, &w)) != 0)
		return error;
	if (w.w_vp == NULL)
		error = w.w_dir->vn_ops->vo_link(w.w_dir, w.w_name, vp);
	else if (w.w_vp != vp)
		error = EEXIST;
	walk_done(&w);
	if (error == 0 && u->u_h.size > 0)
		u->u_vnode = vnode_hold(vp);
	return error;
}

/* Anything but a folder: replaces what has the name, unless that is a folder. */
static int
make_other(struct unpack *u, const char *path)
{
	struct header *h = &u->u_h;
	struct vnode *vp;
	struct walk w;
	int error;

	error = vfs_unlink(&u->u_ctx, path);
	if (error != 0 && error != ENOENT)
		return error;
	if (h->nlink > 1 && (vp = link_find(u, h)) != NULL)
		return make_link(u, path, vp);
	if ((error = walk(&u->u_ctx, path, WALK_NEW, 0, &w)) != 0)
		return error;
	if (w.w_vp != NULL)
		error = EEXIST;
	else
		error = vfs_create_at(&u->u_ctx, w.w_dir, w.w_name, h->mode & (S_IFMT | 07777),
		    MAKEDEV(h->rdevmaj, h->rdevmin), u->u_target, &vp);
	walk_done(&w);
	if (error != 0)
		return error;
	set_attrs(vp, h);
	if (h->nlink > 1)
		error = note(link_bucket(u, h), vp, h);
	if (error == 0 && S_ISREG(h->mode) && h->size > 0)
		u->u_vnode = vnode_hold(vp);
	vnode_drop(vp);
	return error;
}

/* The name without what leads it to the root. */
static char *
entry_path(struct unpack *u)
{
	char *p = u->u_name;

	for (;;) {
		if (p[0] == '/')
			p++;
		else if (p[0] == '.' && p[1] == '/')
			p += 2;
		else
			break;
	}
	return p;
}

/* Header and name are there (for a symbolic link its text, too). */
static int
make_entry(struct unpack *u)
{
	char *path = entry_path(u);
	bool isdir = S_ISDIR(u->u_h.mode);
	int error;

	if (path[0] == '\0' || strcmp(path, ".") == 0) {
		if (!isdir)
			return fail(u, EINVAL, "the root is not a directory");
		set_attrs(vfs_root(), &u->u_h);
		error = note(&u->u_dirs, vfs_root(), &u->u_h);
	} else {
		error = isdir ? make_dir(u, path) : make_other(u, path);
		if (error == ENOENT && (error = make_parents(u, path)) == 0)
			error = isdir ? make_dir(u, path) : make_other(u, path);
	}
	return error == 0 ? 0 : fail(u, error, why_of(error));
}

/* ---- parsing ---- */

static bool
parse_hex(const uint8_t *p, uint32_t *out)
{
	uint32_t v = 0;

	for (int i = 0; i < 8; i++) {
		uint8_t c = p[i];

		if (c >= '0' && c <= '9')
			c -= '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			c = (uint8_t)((c | 0x20) - 'a' + 10);
		else
			return false;
		v = v << 4 | c;
	}
	*out = v;
	return true;
}

static int
header_done(struct unpack *u)
{
	uint32_t *field = (uint32_t *)&u->u_h;

	STATIC_ASSERT(sizeof(struct header) == 13 * sizeof(uint32_t));
	u->u_name[0] = '\0';
	if (memcmp(u->u_head, "07070", 5) != 0 || (u->u_head[5] != '1' && u->u_head[5] != '2'))
		return fail(u, EINVAL,
		    "bad magic: not a cpio archive of type newc, or damaged before here");
	u->u_sums = u->u_head[5] == '2';
	u->u_sum = 0;
	for (int i = 0; i < 13; i++) {
		if (!parse_hex(u->u_head + 6 + i * 8, &field[i]))
			return fail(u, EINVAL, "the header is damaged");
	}
	if (u->u_h.namesize == 0 || u->u_h.namesize > VFS_PATH_MAX)
		return fail(u, EINVAL, "the length of the name is not possible");
	u->u_state = ST_NAME;
	u->u_got = 0;
	return 0;
}

/* The archive's numbers mean nothing in the next one. */
static void
links_end(struct unpack *u)
{
	for (uint32_t i = 0; i < NLINKS; i++)
		notes_free(&u->u_links[i]);
}

static int
name_done(struct unpack *u)
{
	struct header *h = &u->u_h;

	if (u->u_name[h->namesize - 1] != '\0') {
		u->u_name[h->namesize - 1] = '\0';
		return fail(u, EINVAL, "the name has no end");
	}
	u->u_got = 0;
	u->u_state = ST_DATA;
	if (strcmp(u->u_name, "TRAILER!!!") == 0) {
		u->u_trailer = true;
		u->u_archives++;
		links_end(u);
		return 0;
	}
	switch (h->mode & S_IFMT) {
	case S_IFLNK:
		if (h->size == 0 || h->size >= VFS_PATH_MAX)
			return fail(u, EINVAL, "the length of the symbolic link is not possible");
		return 0;		/* made when its text is there */
	case S_IFREG:
	case S_IFDIR:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return make_entry(u);
	default:
		return fail(u, EINVAL, "unknown file type");
	}
}

static int
data_done(struct unpack *u)
{
	struct header *h = &u->u_h;
	int error = 0;

	if (S_ISLNK(h->mode) && !u->u_trailer) {
		u->u_target[h->size] = '\0';
		error = make_entry(u);
	}
	if (error == 0 && u->u_sums && S_ISREG(h->mode) && u->u_sum != h->check)
		error = fail(u, EINVAL, "the checksum differs");
	if (u->u_vnode != NULL) {
		set_attrs(u->u_vnode, h);
		vnode_drop(u->u_vnode);
		u->u_vnode = NULL;
	}
	u->u_entries++;
	u->u_state = ST_DATA_PAD;
	u->u_got = 0;
	return error;
}

static int
file_data(struct unpack *u, const uint8_t *p, size_t n)
{
	struct vm_object *vo = u->u_vnode->vn_object;
	uint64_t off = u->u_got;
	struct page *pg;
	int error;

	while (n > 0) {
		size_t skip = off & PAGE_MASK, k = MIN(n, PAGE_SIZE - skip);

		if ((error = vm_object_page(vo, off >> PAGE_SHIFT, true, &pg)) != 0)
			return fail(u, error, why_of(error));
		memcpy((char *)page_kva(pg) + skip, p, k);
		page_drop(pg);
		p += k;
		off += k;
		n -= k;
	}
	vm_object_grow(vo, off);
	return 0;
}

static int
take_data(struct unpack *u, const uint8_t *p, size_t n)
{
	int error = 0;

	if (u->u_trailer)
		;
	else if (S_ISLNK(u->u_h.mode))
		memcpy(u->u_target + u->u_got, p, n);
	else if (u->u_vnode != NULL)
		error = file_data(u, p, n);
	if (u->u_sums) {
		for (size_t i = 0; i < n; i++)
			u->u_sum += p[i];
	}
	u->u_got += n;
	return error;
}

/* Zeroes up to the next multiple of 4 after len bytes. */
static size_t
pad_of(size_t len)
{
	return (4 - (len & 3)) & 3;
}

/* Moves on at the end of a part; parts may be empty, so it loops. */
static int
advance(struct unpack *u)
{
	int error = 0;

	for (;;) {
		if (u->u_state == ST_HEADER && u->u_got == HEADER_SIZE) {
			error = header_done(u);
		} else if (u->u_state == ST_NAME && u->u_got == u->u_h.namesize) {
			u->u_state = ST_NAME_PAD;
			u->u_got = 0;
		} else if (u->u_state == ST_NAME_PAD &&
		    u->u_got == pad_of(HEADER_SIZE + u->u_h.namesize)) {
			error = name_done(u);
		} else if (u->u_state == ST_DATA && u->u_got == u->u_h.size) {
			error = data_done(u);
		} else if (u->u_state == ST_DATA_PAD && u->u_got == pad_of(u->u_h.size)) {
			u->u_state = ST_HEADER;
			u->u_got = 0;
			u->u_name[0] = '\0';
			return 0;
		} else {
			return 0;
		}
		if (error != 0)
			return error;
	}
}

/* One step: takes some of the n bytes (n > 0); *used says how many. */
static int
feed_step(struct unpack *u, const uint8_t *p, size_t n, size_t *used)
{
	size_t want;
	int error = 0;

	switch (u->u_state) {
	case ST_HEADER:
		if (u->u_got == 0 && *p == 0) {	/* between archives, or after the last */
			*used = 1;
			return 0;
		}
		u->u_trailer = false;
		want = MIN(n, HEADER_SIZE - u->u_got);
		memcpy(u->u_head + u->u_got, p, want);
		u->u_got += want;
		break;
	case ST_NAME:
		want = MIN(n, u->u_h.namesize - u->u_got);
		memcpy(u->u_name + u->u_got, p, want);
		u->u_got += want;
		break;
	case ST_DATA:
		want = MIN(n, u->u_h.size - u->u_got);
		error = take_data(u, p, want);
		break;
	default:
		want = MIN(n, pad_of(u->u_state == ST_DATA_PAD ? u->u_h.size :
		    HEADER_SIZE + u->u_h.namesize) - u->u_got);
		u->u_got += want;
		break;
	}
	*used = want;
	return error == 0 ? advance(u) : error;
}

/* Feeds n bytes; stops early after the end of an archive, as what follows may be compressed. */
static int
feed(struct unpack *u, const uint8_t *p, size_t n, bool all, size_t *used)
{
	size_t k;
	int error;

	*used = 0;
	while (*used < n) {
		if ((error = feed_step(u, p + *used, n - *used, &k)) != 0)
			return error;
		*used += k;
		if (!all && u->u_trailer && u->u_state == ST_HEADER)
			break;
	}
	return 0;
}

static bool
inflated(void *arg, const uint8_t *p, size_t n, size_t in_used)
{
	struct unpack *u = arg;
	size_t used;

	if (feed(u, p, n, true, &used) != 0)
		return false;
	give_back(u, u->u_base + in_used);
	return true;
}

static int
unpack_gzip(struct unpack *u, struct inflate *inf, const uint8_t *in, size_t len, size_t *used)
{
	enum inflate_status st;

	inf->i_output = inflated;
	inf->i_arg = u;
	st = inflate_gzip(inf, in, len, used);
	if (st == INFLATE_OK)
		return 0;
	return st == INFLATE_STOPPED ? u->u_error : fail(u, EINVAL, inflate_strerror(st));
}

static int
unpack_all(struct unpack *u, struct inflate *inf, const uint8_t *in, size_t size)
{
	size_t pos = 0, used;
	bool zipped = false;
	int error;

	while (pos < size) {
		bool idle = u->u_state == ST_HEADER && u->u_got == 0;

		if (idle && in[pos] == 0) {
			pos++;
			continue;
		}
		if ((idle || zipped) && inflate_is_gzip(in + pos, size - pos)) {
			zipped = true;
			u->u_base = pos;
			error = unpack_gzip(u, inf, in + pos, size - pos, &used);
		} else {
			zipped = false;
			error = feed(u, in + pos, MIN(size - pos, (size_t)FEED_MAX), false, &used);
		}
		if (error != 0)
			return error;
		pos += used;
		give_back(u, pos);
	}
	if (u->u_state != ST_HEADER || u->u_got != 0)
		return fail(u, EINVAL, "the archive ends here, in the middle");
	if (u->u_archives == 0)
		return fail(u, EINVAL, "no end of archive (TRAILER!!!) was found");
	return 0;
}

static void
set_dir_times(struct unpack *u)
{
	for (struct noted *n = u->u_dirs; n != NULL; n = n->n_next) {
		spin_lock(&n->n_vnode->vn_attr_lock);
		n->n_vnode->vn_mtime = (struct vfs_time){ .vt_sec = n->n_mtime };
		spin_unlock(&n->n_vnode->vn_attr_lock);
	}
}

int
cpio_unpack(paddr_t start, size_t size)
{
	struct inflate *inf = kmalloc(sizeof(*inf));
	struct unpack *u = kmalloc(sizeof(*u));
	int error = ENOMEM;

	if (inf != NULL && u != NULL) {
		u->u_ctx = (struct vfs_ctx){ .vc_cred = &cred_kernel, .vc_root = vfs_root(),
		    .vc_cwd = vfs_root() };
		u->u_start = start;
		u->u_freed = roundup2(start, PAGE_SIZE);
		error = unpack_all(u, inf, phys_to_kva(start), size);
		set_dir_times(u);
		links_end(u);
		notes_free(&u->u_dirs);
		vnode_drop(u->u_vnode);
	}
	if (error == 0)
		klog(KLOG_INFO, "boot archive: %u entries\n", u->u_entries - u->u_archives);
	kfree(inf);
	kfree(u);
	return error;
}
