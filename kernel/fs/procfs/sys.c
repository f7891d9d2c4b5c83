/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc/sys: what an administrator may look at and change.
 *
 * Tunables (proc/tunable.h, fs/mqueue) appear under /proc/sys/bident, each by its name there, and
 * once more where Linux has the same knob. A value is a decimal number in one line. What is
 * refused is named in the log with the range, and the old value stays.
 */
#include "fs/procfs/procfs_int.h"

#include "file/file.h"
#include "fs/devfs/random.h"
#include "fs/mqueue/mqfs.h"
#include "fs/procfs/sysname.h"
#include "proc/tunable.h"

/* ---- tunables ---- */

static int
tunable_show(struct text *t, const char *name)
{
	text_printf(t, "%lu\n", tunable_get(tunable_find(name)));
	return 0;
}

static int
tunable_store(struct pnode *pn, const char *name, const char *buf, size_t len)
{
	int64_t value;
	/* it knows the range */
	int error = procfs_parse_value(pn, buf, len, INT64_MIN, INT64_MAX, &value);

	return error != 0 ? error : tunable_set(tunable_find(name), value);
}

/* Under a name of Linux's. */
#define TUNABLE(fn, name)							\
static int									\
show_##fn(struct text *t, struct pnode *pn __unused)				\
{										\
	return tunable_show(t, name);						\
}										\
static int									\
store_##fn(struct pnode *pn, const char *buf, size_t len)			\
{										\
	return tunable_store(pn, name, buf, len);				\
}
TUNABLE(pid_max, "kern.pid_max")
TUNABLE(threads_max, "kern.maxproc")

/* The tunable whose file this is, a folder's row made from its name. */
static const struct tunable *
tunable_of(const char *file)
{
	const struct tunable *tn;

	for (uint32_t i = 0; (tn = tunable_at(i)) != NULL; i++) {
		if (strcmp(strchr(tn->tn_name, '.') + 1, file) == 0)
			return tn;
	}
	return NULL;
}

static int
show_tunable(struct text *t, struct pnode *pn)
{
	return tunable_show(t, tunable_of(pn->pn_name)->tn_name);
}

static int
store_tunable(struct pnode *pn, const char *buf, size_t len)
{
	return tunable_store(pn, tunable_of(pn->pn_name)->tn_name, buf, len);
}

static const struct pentry tunable_entry = {
	.pe_name = "NAME", .pe_mode = S_IFREG | 0644, .pe_show = show_tunable,
	    .pe_store = store_tunable,
};

static int
bident_lookup(struct pnode *dir, const char *name, struct vnode **vpp)
{
	if (tunable_of(name) == NULL)
		return ENOENT;
	return pnode_create(dir, &tunable_entry, name, NULL, dir->pn_vnode.vn_ino * 64 + 60, vpp);
}

static int
bident_readdir(struct pnode *dir, off_t *pos, vfs_emit_fn *fn, void *arg)
{
	const struct tunable *tn;
	const char *name;

	for (; (tn = tunable_at((uint32_t)*pos)) != NULL; (*pos)++) {
		name = strchr(tn->tn_name, '.') + 1;
		if (fn(arg, name, strlen(name), dir->pn_vnode.vn_ino * 64 + 60, S_IFREG >> 12,
		    PROCFS_POS_MADE_UP + *pos + 1) != 0)
			break;
	}
	return 0;
}

/* ---- message queues ---- */

static struct mqfs_tunable *
mq_tunable_of(const char *file)
{
	for (uint32_t i = 0; i < MQ_NTUNABLES; i++) {
		if (strcmp(mqfs_tunables[i].mt_name, file) == 0)
			return &mqfs_tunables[i];
	}
	return NULL;
}

static int
show_mq(struct text *t, struct pnode *pn)
{
	text_printf(t, "%u\n", load_relaxed(&mq_tunable_of(pn->pn_name)->mt_value));
	return 0;
}

static int
store_mq(struct pnode *pn, const char *buf, size_t len)
{
	struct mqfs_tunable *mt = mq_tunable_of(pn->pn_name);
	int64_t value;
	int error = procfs_parse_value(pn, buf, len, mt->mt_min, mt->mt_max, &value);

	if (error == 0)
		store_relaxed(&mt->mt_value, (uint32_t)value);
	return error;
}

/* ---- names and numbers ---- */

static int
show_name(struct text *t, enum sysname_which which)
{
	char name[SYSNAME_MAX + 1];

	sysname_get(which, name, sizeof(name));
	text_printf(t, "%s\n", name);
	return 0;
}

static int
store_name(enum sysname_which which, const char *buf, size_t len)
{
	if (len > 0 && buf[len - 1] == '\n')
		len--;
	return sysname_set(which, buf, len);
}

static int
show_hostname(struct text *t, struct pnode *pn __unused)
{
	return show_name(t, SYSNAME_HOST);
}

static int
store_hostname(struct pnode *pn __unused, const char *buf, size_t len)
{
	return store_name(SYSNAME_HOST, buf, len);
}

static int
show_domainname(struct text *t, struct pnode *pn __unused)
{
	return show_name(t, SYSNAME_DOMAIN);
}

static int
store_domainname(struct pnode *pn __unused, const char *buf, size_t len)
{
	return store_name(SYSNAME_DOMAIN, buf, len);
}

#define SHOW(fn, ...)						\
static int							\
fn(struct text *t, struct pnode *pn __unused)			\
{								\
	text_printf(t, __VA_ARGS__);				\
	return 0;						\
}
SHOW(show_ostype, SYSNAME_SYSNAME "\n")
SHOW(show_osrelease, SYSNAME_RELEASE "\n")
SHOW(show_osversion, SYSNAME_VERSION "\n")
SHOW(show_ngroups_max, "%d\n", CRED_NGROUPS)
SHOW(show_cap_last_cap, "40\n")
SHOW(show_file_max, "%u\n", files_max)
SHOW(show_file_nr, "%u\t0\t%u\n", load_relaxed(&files_open), files_max)
SHOW(show_overcommit, "1\n")
SHOW(show_pipe_max, "1048576\n")

static void
uuid_text(struct text *t, const uint8_t b[16])
{
	for (int i = 0; i < 16; i++)
		text_printf(t, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
	text_printf(t, "\n");
}

static void
uuid_make(uint8_t b[16])
{
	random_bytes(b, 16);
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);		/* version 4: random */
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
}

static int
show_uuid(struct text *t, struct pnode *pn __unused)
{
	uint8_t b[16];

	uuid_make(b);
	uuid_text(t, b);
	return 0;
}

static int
show_boot_id(struct text *t, struct pnode *pn __unused)
{
	static struct spinlock lock = SPINLOCK_INIT("boot id", RANK_NAMECACHE);
	static uint8_t id[16];		/* guarded by lock */
	static bool made;
	uint8_t b[16];

	spin_lock(&lock);
	if (!made)
		uuid_make(id);
	made = true;
	memcpy(b, id, sizeof(b));
	spin_unlock(&lock);
	uuid_text(t, b);
	return 0;
}

/* ---- tables ---- */

static const struct pentry sys_random_rows[] = {
	FILE_ROW("uuid", show_uuid),
	FILE_ROW("boot_id", show_boot_id),
	END_ROW
};

static const struct pentry sys_kernel_rows[] = {
	ROW_0644("hostname", show_hostname, store_hostname),
	ROW_0644("domainname", show_domainname, store_domainname),
	FILE_ROW("ostype", show_ostype),
	FILE_ROW("osrelease", show_osrelease),
	FILE_ROW("version", show_osversion),
	ROW_0644("pid_max", show_pid_max, store_pid_max),
	ROW_0644("threads-max", show_threads_max, store_threads_max),
	FILE_ROW("ngroups_max", show_ngroups_max),
	FILE_ROW("cap_last_cap", show_cap_last_cap),
	DIR_ROW("random", sys_random_rows),
	END_ROW
};

static const struct pentry sys_mqueue_rows[] = {
	ROW_0644("queues_max", show_mq, store_mq),
	ROW_0644("msg_max", show_mq, store_mq),
	ROW_0644("msgsize_max", show_mq, store_mq),
	ROW_0644("msg_default", show_mq, store_mq),
	ROW_0644("msgsize_default", show_mq, store_mq),
	END_ROW
};

static const struct pentry sys_fs_rows[] = {
	DIR_ROW("mqueue", sys_mqueue_rows),
	FILE_ROW("file-max", show_file_max),
	FILE_ROW("file-nr", show_file_nr),
	FILE_ROW("pipe-max-size", show_pipe_max),
	END_ROW
};

static const struct pentry sys_vm_rows[] = {
	FILE_ROW("overcommit_memory", show_overcommit),
	END_ROW
};

static const struct pentry sys_bident_rows[] = {
	ROW_0644("mq_open_max", show_mq, store_mq),
	END_ROW
};

const struct pentry procfs_sys_rows[] = {
	DIR_ROW("kernel", sys_kernel_rows),
	DIR_ROW("fs", sys_fs_rows),
	DIR_ROW("vm", sys_vm_rows),
	{ .pe_name = "bident", .pe_mode = S_IFDIR | 0555, .pe_rows = sys_bident_rows,
	    .pe_lookup = bident_lookup, .pe_readdir = bident_readdir },
	END_ROW
};
