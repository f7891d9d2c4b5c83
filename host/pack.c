/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packing a folder into a cpio archive, format "newc" (magic 070701).
 *
 * Each entry is a header of 14 numbers in eight hex digits, the name, and the contents, the last
 * two padded to a multiple of four bytes. A file with several names (hard links) is several
 * entries with the same inode number; the first one has the contents. Inode numbers are given out
 * in order of appearance and the device is always 0, so that the same tree gives the same bytes
 * wherever it lies.
 *
 * The folder belongs to the user and may change while it is read: nothing is followed out of it
 * (every step is openat(2) with O_NOFOLLOW), a file's contents are cut or padded to the size in its
 * header, and what has gone meanwhile is warned of.
 *
 * Not kept, because the format has no place for it: extended attributes, times below a second,
 * files of 4 GiB and more (an error).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bident.h"

#define HEADER_SIZE	110u
#define TRAILER		"TRAILER!!!"
#define BUFFER_SIZE	(256u << 10)
#define WARNINGS_MAX	20u
#define INODE_MEMORY	512u	/* what the guest needs for a file besides its contents, bytes */

struct pack_link {
	dev_t		ln_dev;
	ino_t		ln_ino;
	uint32_t	ln_number;	/* in the archive; 0: a free slot */
};

/* A folder being packed. */
struct where {
	int		 wh_fd;
	dev_t		 wh_dev;	/* of the whole tree */
	const char	*wh_host;	/* path for messages */
	const char	*wh_name;	/* path in the archive, "" for the root */
};

static void
flush(struct pack *pk)
{
	size_t done = 0;
	ssize_t n;

	while (done < pk->pk_buffered) {
		n = write(pk->pk_fd, pk->pk_buffer + done, pk->pk_buffered - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("cannot write the archive: %s", strerror(errno));
		done += (size_t)n;
	}
	pk->pk_buffered = 0;
}

static void
put(struct pack *pk, const void *data, size_t len)
{
	const uint8_t *p = data;

	pk->pk_bytes += len;
	while (len > 0) {
		size_t run = BUFFER_SIZE - pk->pk_buffered;

		if (run > len)
			run = len;
		memcpy(pk->pk_buffer + pk->pk_buffered, p, run);
		pk->pk_buffered += run;
		p += run;
		len -= run;
		if (pk->pk_buffered == BUFFER_SIZE)
			flush(pk);
	}
}

static void
put_zeros(struct pack *pk, uint64_t len)
{
	static const uint8_t zeros[4096];

	while (len > 0) {
		size_t run = len < sizeof(zeros) ? (size_t)len : sizeof(zeros);

		put(pk, zeros, run);
		len -= run;
	}
}

static void
pad(struct pack *pk, unsigned int multiple)
{
	put_zeros(pk, (multiple - pk->pk_bytes % multiple) % multiple);
}

void
pack_init(struct pack *pk, int fd, const struct pack_options *po)
{
	*pk = (struct pack){ .pk_fd = fd, .pk_buffer = xalloc(NULL, BUFFER_SIZE) };
	if (po != NULL)
		pk->pk_options = *po;
}

static void
put_header(struct pack *pk, const char *name, const struct stat *st, uint32_t ino, uint64_t size)
{
	const struct pack_options *po = &pk->pk_options;
	bool device = S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
	int64_t mtime = po->po_times ? po->po_mtime : st->st_mtim.tv_sec;
	size_t name_size = strlen(name) + 1;
	char header[HEADER_SIZE + 1];

	if (mtime < 0)
		mtime = 0;
	if (mtime > UINT32_MAX)
		mtime = UINT32_MAX;
	snprintf(header, sizeof(header),
	    "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
	    ino, st->st_mode, po->po_owner ? po->po_uid : st->st_uid,
	    po->po_owner ? po->po_gid : st->st_gid, (uint32_t)st->st_nlink, (uint32_t)mtime,
	    (uint32_t)size, 0, 0, device ? major(st->st_rdev) : 0,
	    device ? minor(st->st_rdev) : 0, (uint32_t)name_size, 0);
	put(pk, header, HEADER_SIZE);
	put(pk, name, name_size);
	pad(pk, 4);
	pk->pk_memory += INODE_MEMORY + ((size + 4095) & ~4095ull);
}

/* The file's slot in the table of links, or the free one where it belongs. */
static struct pack_link *
link_slot(struct pack_link *table, size_t size, dev_t dev, ino_t ino)
{
	size_t i = (size_t)((dev * 31 + ino) * 0x9e3779b97f4a7c15ull >> 32) & (size - 1);

	while (table[i].ln_number != 0 && (table[i].ln_dev != dev || table[i].ln_ino != ino))
		i = (i + 1) & (size - 1);
	return &table[i];
}

static void
links_grow(struct pack *pk)
{
	size_t size = pk->pk_links_size != 0 ? pk->pk_links_size * 2 : 1024, i;
	struct pack_link *table = xalloc(NULL, size * sizeof(*table));

	memset(table, 0, size * sizeof(*table));
	for (i = 0; i < pk->pk_links_size; i++) {
		struct pack_link *ln = &pk->pk_links[i];

		if (ln->ln_number != 0)
			*link_slot(table, size, ln->ln_dev, ln->ln_ino) = *ln;
	}
	free(pk->pk_links);
	pk->pk_links = table;
	pk->pk_links_size = size;
}

/* The inode number for a file; *again says that its contents are in the archive already. */
static uint32_t
file_number(struct pack *pk, const struct stat *st, bool *again)
{
	struct pack_link *ln;

	*again = false;
	if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
		return ++pk->pk_last_ino;
	if (pk->pk_nlinks * 2 >= pk->pk_links_size)
		links_grow(pk);
	ln = link_slot(pk->pk_links, pk->pk_links_size, st->st_dev, st->st_ino);
	*again = ln->ln_number != 0;
	if (!*again) {
		*ln = (struct pack_link){ st->st_dev, st->st_ino, ++pk->pk_last_ino };
		pk->pk_nlinks++;
	}
	return ln->ln_number;
}

static void
left_out(struct pack *pk, const char *host, const char *why)
{
	if (pk->pk_left_out++ < WARNINGS_MAX)
		say_warning("left out '%s': %s", host, why);
}

/* Exactly size bytes from fd into the archive. */
static void
put_contents(struct pack *pk, int fd, uint64_t size, const char *host)
{
	static uint8_t buffer[128 << 10];
	uint64_t left = size;
	ssize_t n;

	while (left > 0) {
		n = read(fd, buffer, left < sizeof(buffer) ? (size_t)left : sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("cannot read '%s': %s", host, strerror(errno));
		if (n == 0) {
			say_warning("'%s' became shorter while it was read", host);
			put_zeros(pk, left);
			break;
		}
		put(pk, buffer, (size_t)n);
		left -= (uint64_t)n;
	}
	pad(pk, 4);
}

static void
check_size(const char *host, uint64_t size)
{
	if (size > UINT32_MAX)
		die("'%s' has %llu MiB: an archive cannot hold files of 4 GiB and more; "
		    "move it out of the root", host, (unsigned long long)(size / MIB));
}

static void
pack_regular(struct pack *pk, const struct where *wh, const char *entry, const char *name,
    const char *host)
{
	int fd = openat(wh->wh_fd, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	uint32_t number;
	bool again;

	if (fd < 0 || fstat(fd, &st) != 0) {
		left_out(pk, host, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		left_out(pk, host, "it changed while it was read");
	} else {
		check_size(host, (uint64_t)st.st_size);
		number = file_number(pk, &st, &again);
		put_header(pk, name, &st, number, again ? 0 : (uint64_t)st.st_size);
		if (!again)
			put_contents(pk, fd, (uint64_t)st.st_size, host);
	}
	if (fd >= 0)
		close(fd);
}

static void
pack_symlink(struct pack *pk, const struct where *wh, const char *entry, const char *name,
    const char *host, const struct stat *st)
{
	char target[4096];
	ssize_t n = readlinkat(wh->wh_fd, entry, target, sizeof(target));
	struct stat single = *st;

	if (n < 0) {
		left_out(pk, host, strerror(errno));
		return;
	}
	single.st_nlink = 1;	/* a link to a link is two links: the format knows no better */
	put_header(pk, name, &single, ++pk->pk_last_ino, (uint64_t)n);
	put(pk, target, (size_t)n);
	pad(pk, 4);
}

static void	pack_folder(struct pack *, const struct where *);

static void
pack_subfolder(struct pack *pk, const struct where *wh, const char *entry, const char *name,
    const char *host, const struct stat *st)
{
	struct where sub = { .wh_dev = wh->wh_dev, .wh_host = host, .wh_name = name };

	put_header(pk, name, st, ++pk->pk_last_ino, 0);
	if (st->st_dev != wh->wh_dev) {
		say_warning("'%s' is another file system: its contents are left out", host);
		return;
	}
	sub.wh_fd = openat(wh->wh_fd, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (sub.wh_fd < 0)
		left_out(pk, host, strerror(errno));
	else
		pack_folder(pk, &sub);
}

static void
pack_entry(struct pack *pk, const struct where *wh, const char *entry)
{
	char *host = xprintf("%s/%s", wh->wh_host, entry);
	char *name = xprintf("%s%s%s", wh->wh_name, *wh->wh_name != 0 ? "/" : "", entry);
	struct stat st;
	uint32_t number;
	bool again;

	if (fstatat(wh->wh_fd, entry, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		left_out(pk, host, strerror(errno));
	} else if (S_ISREG(st.st_mode)) {
		pack_regular(pk, wh, entry, name, host);
	} else if (S_ISDIR(st.st_mode)) {
		pack_subfolder(pk, wh, entry, name, host, &st);
	} else if (S_ISLNK(st.st_mode)) {
		pack_symlink(pk, wh, entry, name, host, &st);
	} else if (S_ISSOCK(st.st_mode)) {
		say_warning("left out '%s': a socket has no meaning in the guest", host);
	} else {
		number = file_number(pk, &st, &again);
		put_header(pk, name, &st, number, 0);
	}
	free(name);
	free(host);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All names in a folder, sorted. */
static char **
read_names(struct pack *pk, DIR *d, const char *host, size_t *count)
{
	char **names = NULL;
	size_t size = 0;
	struct dirent *e;

	*count = 0;
	for (errno = 0; (e = readdir(d)) != NULL; errno = 0) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (*count == size) {
			size = size != 0 ? size * 2 : 64;
			names = xalloc(names, size * sizeof(*names));
		}
		names[(*count)++] = xprintf("%s", e->d_name);
	}
	if (errno != 0)
		left_out(pk, host, strerror(errno));
	if (*count > 1)
		qsort(names, *count, sizeof(*names), compare_names);
	return names;
}

/* Packs what is in a folder; takes its descriptor over. */
static void
pack_folder(struct pack *pk, const struct where *wh)
{
	DIR *d = fdopendir(wh->wh_fd);
	char **names;
	size_t count, i;

	if (d == NULL)
		die("cannot read '%s': %s", wh->wh_host, strerror(errno));
	names = read_names(pk, d, wh->wh_host, &count);
	for (i = 0; i < count; i++) {
		pack_entry(pk, wh, names[i]);
		free(names[i]);
	}
	free(names);
	closedir(d);
}

/* A folder is open for each level of depth. */
static void
raise_fd_limit(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) != 0)
		return;
	rl.rlim_cur = rl.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &rl);
}

void
pack_tree(struct pack *pk, const char *dir)
{
	struct where wh = { .wh_host = dir, .wh_name = "" };
	struct stat st;

	raise_fd_limit();
	wh.wh_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (wh.wh_fd < 0 || fstat(wh.wh_fd, &st) != 0)
		die("cannot read the folder '%s': %s", dir, strerror(errno));
	wh.wh_dev = st.st_dev;
	put_header(pk, ".", &st, ++pk->pk_last_ino, 0);
	pack_folder(pk, &wh);
	if (pk->pk_left_out > WARNINGS_MAX)
		say_warning("and %u more were left out", pk->pk_left_out - WARNINGS_MAX);
}

void
pack_add_dir(struct pack *pk, const char *name, mode_t mode)
{
	const struct stat st = { .st_mode = S_IFDIR | mode, .st_nlink = 2 };

	put_header(pk, name, &st, ++pk->pk_last_ino, 0);
}

void
pack_add_file(struct pack *pk, const char *name, mode_t mode, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		die("cannot read '%s': %s", name, strerror(errno));
	check_size(name, (uint64_t)st.st_size);
	st.st_mode = S_IFREG | mode;
	st.st_uid = 0;
	st.st_gid = 0;
	st.st_nlink = 1;
	put_header(pk, name, &st, ++pk->pk_last_ino, (uint64_t)st.st_size);
	put_contents(pk, fd, (uint64_t)st.st_size, name);
}

void
pack_finish(struct pack *pk)
{
	const struct stat st = { .st_nlink = 1 };
	struct pack_options plain = { .po_times = true };

	pk->pk_options = plain;
	put_header(pk, TRAILER, &st, 0, 0);
	pad(pk, 512);
	flush(pk);
	free(pk->pk_links);
	free(pk->pk_buffer);
}

static const char usage_pack[] =
"usage: bident pack [--owner UID:GID] [--mtime SECONDS] DIR >FILE\n"
"\n"
"Packs DIR as a cpio archive (newc) that `bident run --root FILE` takes.\n"
"  --owner UID:GID    everything belongs to this user and group\n"
"  --mtime SECONDS    everything was changed at this time (seconds since 1970)\n";

static void
parse_owner(struct pack_options *po, const char *text)
{
	char trailing;

	if (sscanf(text, "%u:%u%c", &po->po_uid, &po->po_gid, &trailing) != 2)
		die("--owner '%s': write it as two numbers, 0:0", text);
	po->po_owner = true;
}

int
pack_main(int argc, char **argv)
{
	struct pack_options po = { 0 };
	const char *dir = NULL;
	unsigned int seconds;
	struct pack pk;
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--owner") == 0 && i + 1 < argc) {
			parse_owner(&po, argv[++i]);
		} else if (strcmp(argv[i], "--mtime") == 0 && i + 1 < argc) {
			if (!parse_number(argv[++i], 0, UINT32_MAX, &seconds))
				die("--mtime '%s': must be a number of seconds", argv[i]);
			po.po_times = true;
			po.po_mtime = seconds;
		} else if (strcmp(argv[i], "--help") == 0) {
			fputs(usage_pack, stdout);
			return 0;
		} else if (argv[i][0] == '-' || dir != NULL) {
			die("unknown argument '%s' (see bident pack --help)", argv[i]);
		} else {
			dir = argv[i];
		}
	}
	if (dir == NULL)
		die("which folder? (see bident pack --help)");
	if (isatty(STDOUT_FILENO))
		die("an archive is not for the terminal: send standard output to a file");
	pack_init(&pk, STDOUT_FILENO, &po);
	pack_tree(&pk, dir);
	pack_finish(&pk);
	return pk.pk_left_out != 0 ? 1 : 0;
}
