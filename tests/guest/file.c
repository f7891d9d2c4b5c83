/* SPDX-License-Identifier: BSD-2-Clause */
/* Files, folders, links, permissions, descriptors and locks. */
#include "tap.h"
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/sysmacros.h>

/* Becomes an ordinary user for the rest of the test. */
static void
user(void)
{
	if (getuid() != 0)
		SKIP("not root");
	EQ(setgid(1000), 0);
	EQ(setuid(1000), 0);
}

static void
touch(const char *path, mode_t mode)
{
	write_file(path, "0123456789", 10, mode);
}

static int
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

TEST("open: flags and their errnos")
{
	char name[300];

	touch("f", 0644);
	EQ(mkdir("d", 0755), 0);
	EQ(symlink("loop", "loop"), 0);
	EQ(symlink("f", "link"), 0);
	memset(name, 'n', 299);
	name[299] = 0;
	OKERR(open("none", O_RDONLY), ENOENT, "open of what is not there: ENOENT");
	OKERR(open("", O_RDONLY), ENOENT, "open of an empty path: ENOENT");
	OKERR(open("f/x", O_RDONLY), ENOTDIR, "open below a file: ENOTDIR");
	OKERR(open("f/", O_RDONLY), ENOTDIR, "open of a file with a slash: ENOTDIR");
	OKERR(open("d", O_WRONLY), EISDIR, "open of a folder for writing: EISDIR");
	OKERR(open("d", O_RDWR | O_CREAT, 0644), EISDIR, "O_CREAT on a folder: EISDIR");
	OKERR(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR, "O_DIRECTORY on a file: ENOTDIR");
	OKERR(open("f", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST, "O_EXCL on a file: EEXIST");
	OKERR(open("loop", O_RDONLY), ELOOP, "a link to itself: ELOOP");
	OKERR(open("link", O_RDONLY | O_NOFOLLOW), ELOOP, "O_NOFOLLOW on a link: ELOOP");
	OKERR(open("loop", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST, "O_EXCL on a link: EEXIST");
	OKERR(open(name, O_RDONLY), ENAMETOOLONG, "a name of 299 bytes: ENAMETOOLONG");
	OKERR(syscall(SYS_open, (char *)8, O_RDONLY), EFAULT, "a bad pointer: EFAULT");
	OKERR(syscall(SYS_open, (char *)0xffff800000000000, O_RDONLY), EFAULT,
	    "a kernel pointer: EFAULT");
	OKERR(open("none/x", O_WRONLY | O_CREAT, 0644), ENOENT,
	    "O_CREAT below what is not there: ENOENT");
	OKERR(read(open("f", O_WRONLY), name, 1), EBADF, "read of a write-only file: EBADF");
	OKERR(write(open("f", O_RDONLY), name, 1), EBADF, "write of a read-only file: EBADF");
	OKERR(read(open("d", O_RDONLY), name, 1), EISDIR, "read of a folder: EISDIR");
	OKERR(read(999, name, 1), EBADF, "read of a closed descriptor: EBADF");
	OKERR(close(999), EBADF, "close of a closed descriptor: EBADF");
	OK(open("dangling-to-be", O_RDWR | O_CREAT | O_EXCL, 0600) >= 0, "O_EXCL creates");
}

TEST("open takes the lowest free descriptor; O_CLOEXEC; O_CREAT through a dangling link")
{
	int a = open("f", O_RDWR | O_CREAT, 0644), b = dup(a), c = dup(a);

	EQ(b, a + 1);
	close(b);
	EQ(open("f", O_RDONLY | O_CLOEXEC), b);
	EQ(fcntl(b, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(c, F_GETFD), 0);
	EQ(symlink("target", "l"), 0);
	CHECK(open("l", O_WRONLY | O_CREAT, 0644) >= 0);
	EQ(exists("target"), 1);
}

TEST("umask and mode of new files and folders")
{
	struct stat st;

	umask(027);
	close(open("a", O_CREAT | O_WRONLY, 0666));
	EQ(mkdir("b", 0777), 0);
	EQ(mkfifo("c", 0666), 0);
	umask(022);
	EQ(stat("a", &st), 0);
	EQ(st.st_mode, S_IFREG | 0640);
	EQ(stat("b", &st), 0);
	EQ(st.st_mode, S_IFDIR | 0750);
	EQ(stat("c", &st), 0);
	EQ(st.st_mode, S_IFIFO | 0640);
}

TEST("lseek: SET, CUR, END, past the end, negative, bad whence")
{
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	char buf[8] = "xxxxxxx";

	EQ(write(fd, "0123456789", 10), 10);
	EQ(lseek(fd, 0, SEEK_CUR), 10);
	EQ(lseek(fd, -3, SEEK_END), 7);
	EQ(read(fd, buf, 8), 3);
	CHECK(memcmp(buf, "789", 3) == 0);
	ERR(lseek(fd, -1, SEEK_SET), EINVAL);
	ERR(lseek(fd, 0, 99), EINVAL);
	EQ(lseek(fd, 100, SEEK_SET), 100);
	EQ(read(fd, buf, 1), 0);
	EQ(write(fd, "z", 1), 1);
	EQ(lseek(fd, 0, SEEK_END), 101);
	EQ(pread(fd, buf, 3, 9), 3);
	CHECK(memcmp(buf, "9\0\0", 3) == 0);
}

TEST("a sparse file of 1 GiB: size, zeros, few blocks")
{
	int fd = open("sparse", O_RDWR | O_CREAT, 0644);
	struct stat st;
	char buf[4096];

	EQ(lseek(fd, 1 << 30, SEEK_SET), 1 << 30);
	EQ(write(fd, "end", 3), 3);
	EQ(fstat(fd, &st), 0);
	EQ(st.st_size, (1 << 30) + 3);
	CHECK(st.st_blocks < 100);
	EQ(pread(fd, buf, 4096, 512 << 20), 4096);
	for (int i = 0; i < 4096; i++)
		EQ(buf[i], 0);
}

TEST("truncate and ftruncate: shorter, longer with zeros, errnos")
{
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	char buf[16];

	EQ(write(fd, "0123456789", 10), 10);
	EQ(ftruncate(fd, 4), 0);
	EQ(ftruncate(fd, 8), 0);
	EQ(pread(fd, buf, 16, 0), 8);
	CHECK(memcmp(buf, "0123\0\0\0\0", 8) == 0);
	EQ(truncate("f", 2), 0);
	EQ(lseek(fd, 0, SEEK_END), 2);
	ERR(ftruncate(fd, -1), EINVAL);
	ERR(truncate("none", 0), ENOENT);
	ERR(truncate(".", 0), EISDIR);
	ERR(ftruncate(open("f", O_RDONLY), 0), EINVAL);
	close(open("f", O_WRONLY | O_TRUNC));
	EQ(lseek(fd, 0, SEEK_END), 0);
}

TEST("a partly truncated page is zero when the file grows again")
{
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	char buf[8192];

	memset(buf, 'x', sizeof(buf));
	EQ(write(fd, buf, sizeof(buf)), sizeof(buf));
	EQ(ftruncate(fd, 5000), 0);
	EQ(ftruncate(fd, 8192), 0);
	EQ(pread(fd, buf, sizeof(buf), 0), sizeof(buf));
	EQ(buf[4999], 'x');
	EQ(buf[5000], 0);
	EQ(buf[8191], 0);
}

TEST("O_APPEND writes at the end, from two processes, nothing lost")
{
	int fd = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644), i;
	struct stat st;
	pid_t pid = child();

	for (i = 0; i < 500; i++) {
		lseek(fd, 0, SEEK_SET);
		EQ(write(fd, pid ? "parent\n" : "child!\n", 7), 7);
	}
	if (pid == 0)
		_exit(0);
	EXITS(pid, 0);
	EQ(fstat(fd, &st), 0);
	EQ(st.st_size, 7000);
}

TEST("pread, pwrite leave the offset; readv, writev, preadv")
{
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	char a[4], b[8];
	struct iovec w[3] = { { "abc", 3 }, { NULL, 0 }, { "defgh", 5 } },
	    r[2] = { { a, 4 }, { b, 8 } };

	EQ(writev(fd, w, 3), 8);
	EQ(pwrite(fd, "X", 1, 1), 1);
	EQ(lseek(fd, 0, SEEK_CUR), 8);
	EQ(lseek(fd, 0, SEEK_SET), 0);
	EQ(readv(fd, r, 2), 8);
	CHECK(memcmp(a, "aXcd", 4) == 0 && memcmp(b, "efgh", 4) == 0);
	EQ(preadv(fd, r, 2, 4), 4);
	ERR(pread(fd, a, 1, -1), EINVAL);
	ERR(readv(fd, r, -1), EINVAL);
	ERR(readv(fd, r, 5000), EINVAL);
	ERR(syscall(SYS_readv, fd, (void *)8, 1), EFAULT);
}

TEST("a file that was unlinked lives while it is open")
{
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	struct stat st;
	char c;

	EQ(write(fd, "q", 1), 1);
	EQ(unlink("f"), 0);
	EQ(exists("f"), 0);
	EQ(fstat(fd, &st), 0);
	EQ(st.st_nlink, 0);
	EQ(pread(fd, &c, 1, 0), 1);
	EQ(c, 'q');
	ERR(unlink("f"), ENOENT);
}

TEST("rename: over a file, over itself, folders, errnos")
{
	struct stat a, b;

	touch("a", 0644);
	touch("b", 0600);
	EQ(stat("a", &a), 0);
	EQ(rename("a", "b"), 0);
	EQ(stat("b", &b), 0);
	EQ(a.st_ino, b.st_ino);
	EQ(exists("a"), 0);
	EQ(rename("b", "b"), 0);
	EQ(mkdir("d", 0755), 0);
	EQ(mkdir("d/sub", 0755), 0);
	EQ(mkdir("e", 0755), 0);
	ERR(rename("none", "x"), ENOENT);
	ERR(rename("b", "d"), EISDIR);
	ERR(rename("d", "b"), ENOTDIR);
	ERR(rename("d", "d/sub/x"), EINVAL);
	ERR(rename("e", "d"), ENOTEMPTY);
	EQ(rename("d", "e"), 0);
	EQ(exists("e/sub"), 1);
	EQ(link("b", "hard"), 0);
	EQ(rename("b", "hard"), 0);
	EQ(exists("b"), 1);
	ERR(rename(".", "x"), EBUSY);
}

TEST("renameat2: NOREPLACE and EXCHANGE")
{
	struct stat a, b;

	touch("a", 0644);
	touch("b", 0644);
	ERR(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 1), EEXIST);
	EQ(stat("a", &a), 0);
	EQ(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 2), 0);
	EQ(stat("b", &b), 0);
	EQ(a.st_ino, b.st_ino);
	ERR(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 3), EINVAL);
}

TEST("links: hard counts, folders refused, symbolic contents and chains")
{
	struct stat st;
	char buf[64], name[8], next[8];
	int i;

	touch("f", 0644);
	EQ(link("f", "g"), 0);
	EQ(stat("g", &st), 0);
	EQ(st.st_nlink, 2);
	EQ(unlink("f"), 0);
	EQ(stat("g", &st), 0);
	EQ(st.st_nlink, 1);
	ERR(link("g", "g"), EEXIST);
	ERR(link(".", "x"), EPERM);
	ERR(link("none", "x"), ENOENT);
	EQ(symlink("some where", "s"), 0);
	EQ(readlink("s", buf, sizeof(buf)), 10);
	EQ(readlink("s", buf, 4), 4);
	EQ(lstat("s", &st), 0);
	CHECK(S_ISLNK(st.st_mode));
	EQ(st.st_size, 10);
	ERR(readlink("g", buf, sizeof(buf)), EINVAL);
	ERR(symlink("x", "s"), EEXIST);
	ERR(stat("s", &st), ENOENT);
	EQ(symlink("g", "c0"), 0);
	for (i = 1; i <= 45; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		snprintf(next, sizeof(next), "c%d", i - 1);
		EQ(symlink(next, name), 0);
	}
	EQ(stat("c38", &st), 0);
	ERR(stat("c45", &st), ELOOP);
}

TEST("folders: mkdir, rmdir, counts, errnos")
{
	struct stat st;

	EQ(mkdir("d", 0755), 0);
	EQ(stat("d", &st), 0);
	EQ(st.st_nlink, 2);
	EQ(mkdir("d/a", 0755), 0);
	EQ(stat("d", &st), 0);
	EQ(st.st_nlink, 3);
	ERR(mkdir("d", 0755), EEXIST);
	ERR(mkdir("none/x", 0755), ENOENT);
	ERR(rmdir("d"), ENOTEMPTY);
	ERR(rmdir("none"), ENOENT);
	touch("f", 0644);
	ERR(rmdir("f"), ENOTDIR);
	ERR(unlink("d"), EISDIR);
	ERR(rmdir("d/."), EINVAL);
	ERR(rmdir("d/a/.."), ENOTEMPTY);
	EQ(rmdir("d/a"), 0);
	EQ(rmdir("d"), 0);
	EQ(mkdir("e/", 0755), 0);
	EQ(rmdir("e/"), 0);
}

TEST("getdents: every name once, of 300, with types; . and ..")
{
	char name[16], seen[300] = { 0 };
	struct dirent *de;
	int i, dots = 0, count = 0;
	DIR *d;

	EQ(mkdir("many", 0755), 0);
	EQ(chdir("many"), 0);
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		if (i % 3)
			close(open(name, O_CREAT | O_WRONLY, 0644));
		else
			EQ(mkdir(name, 0755), 0);
	}
	d = opendir(".");
	while ((de = readdir(d)) != NULL) {
		if (de->d_name[0] == '.') {
			dots++;
			continue;
		}
		i = atoi(de->d_name + 1);
		EQ(seen[i], 0);
		seen[i] = 1;
		CHECK(de->d_type == DT_UNKNOWN || de->d_type == (i % 3 ? DT_REG : DT_DIR));
		count++;
	}
	EQ(count, 300);
	EQ(dots, 2);
	rewinddir(d);
	CHECK(readdir(d) != NULL);
	closedir(d);
}

TEST("getdents while names are removed: all others are seen")
{
	char name[16];
	struct dirent *de;
	int i, count = 0;
	DIR *d;

	EQ(mkdir("many", 0755), 0);
	EQ(chdir("many"), 0);
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		close(open(name, O_CREAT | O_WRONLY, 0644));
	}
	d = opendir(".");
	while ((de = readdir(d)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		EQ(unlink(de->d_name), 0);
		count++;
	}
	closedir(d);
	EQ(count, 200);
	EQ(chdir(".."), 0);
	EQ(rmdir("many"), 0);
}

TEST("getdents: a small buffer EINVAL, a file ENOTDIR, a bad pointer EFAULT")
{
	char buf[8];
	int d = open(".", O_RDONLY);

	ERR(syscall(SYS_getdents64, d, buf, 8), EINVAL);
	ERR(syscall(SYS_getdents64, open("/dev/null", O_RDONLY), buf, 8), ENOTDIR);
	ERR(syscall(SYS_getdents64, d, (void *)8, 4096), EFAULT);
}

TEST("paths: many slashes, dots, .. above the root, a folder that was removed")
{
	struct stat a, b;
	char cwd[PATH_MAX];

	EQ(mkdir("d", 0755), 0);
	touch("d/f", 0644);
	EQ(stat("d/f", &a), 0);
	EQ(stat(".//d/.//../d///f", &b), 0);
	EQ(a.st_ino, b.st_ino);
	EQ(stat("/..", &a), 0);
	EQ(stat("/../../../..", &b), 0);
	EQ(a.st_ino, b.st_ino);
	EQ(mkdir("gone", 0755), 0);
	EQ(chdir("gone"), 0);
	EQ(rmdir("../gone"), 0);
	errno = 0;
	CHECK(syscall(SYS_getcwd, cwd, sizeof(cwd)) == -1 && errno == ENOENT);
	ERR(open("new", O_CREAT | O_WRONLY, 0644), ENOENT);
	EQ(chdir(".."), 0);
	ERR(syscall(SYS_getcwd, cwd, 3), ERANGE);
}

TEST("chdir, fchdir, chroot and their errnos")
{
	char cwd[PATH_MAX];
	struct stat st;
	int fd;

	touch("f", 0644);
	ERR(chdir("f"), ENOTDIR);
	ERR(chdir("none"), ENOENT);
	EQ(mkdir("d", 0755), 0);
	touch("d/inside", 0644);
	fd = open("d", O_RDONLY);
	EQ(fchdir(fd), 0);
	CHECK(strcmp(getcwd(cwd, sizeof(cwd)) + strlen(tap_dir), "/d") == 0);
	ERR(fchdir(open("inside", O_RDONLY)), ENOTDIR);
	ERR(chroot("none"), ENOENT);
	if (getuid() != 0)
		SKIP("not root");
	EQ(chroot("."), 0);
	EQ(chdir("/"), 0);
	EQ(stat("/inside", &st), 0);
	EQ(stat("/../../inside", &st), 0);
	CHECK(strcmp(getcwd(cwd, sizeof(cwd)), "/") == 0);
	EQ(setuid(1000), 0);
	ERR(chroot("."), EPERM);
}

TEST("permissions of an ordinary user")
{
	touch("r", 0644);
	touch("none", 0600);
	touch("group", 0640);
	EQ(mkdir("noexec", 0644), 0);
	EQ(mkdir("noread", 0711), 0);
	EQ(mkdir("sticky", 01777), 0);
	EQ(chmod("sticky", 01777), 0);
	touch("noread/f", 0644);
	touch("sticky/f", 0666);
	EQ(mkdir("mine", 0700), 0);
	EQ(chown("mine", 1000, 1000), 0);
	user();
	OK(open("r", O_RDONLY) >= 0, "user: a file that others may read");
	OKERR(open("r", O_WRONLY), EACCES, "user: writing it: EACCES");
	OKERR(open("none", O_RDONLY), EACCES, "user: a file for its owner alone: EACCES");
	OKERR(open("group", O_RDONLY), EACCES, "user: a file for another group: EACCES");
	OKERR(open("noexec/x", O_RDONLY), EACCES, "user: a folder without x: EACCES");
	OKERR(open("noread", O_RDONLY), EACCES, "user: a folder without r: EACCES");
	OK(open("noread/f", O_RDONLY) >= 0, "user: a file in it by name");
	OKERR(unlink("noread/f"), EACCES, "user: unlink in a folder without w: EACCES");
	OKERR(unlink("sticky/f"), EPERM,
	    "user: unlink of another's file in a sticky folder: EPERM");
	OKERR(rename("sticky/f", "sticky/g"), EPERM, "user: rename there: EPERM");
	OKERR(mkdir("noread/x", 0755), EACCES, "user: mkdir in a folder without w: EACCES");
	OKERR(chmod("r", 0777), EPERM, "user: chmod of another's file: EPERM");
	OKERR(chown("mine", 0, -1), EPERM, "user: giving a file away: EPERM");
	OKERR(access("none", R_OK), EACCES, "user: access tells: EACCES");
	OK(access("r", R_OK) == 0, "user: access of a readable file");
	OKERR(access("r", X_OK), EACCES, "user: access X_OK: EACCES");
	OKERR(access("absent", F_OK), ENOENT, "user: access of what is not there: ENOENT");
	OKERR(mknod("mine/dev", S_IFCHR | 0666, makedev(1, 3)), EPERM,
	    "user: mknod of a device: EPERM");
	OK(mkdir("mine/x", 0000) == 0 && rmdir("mine/x") == 0, "user: mkdir in an own folder");
	OKERR(utimensat(AT_FDCWD, "none", NULL, 0), EACCES,
	    "user: touching another's file: EACCES");
}

TEST("root may read all, but execute only what somebody may")
{
	if (getuid() != 0)
		SKIP("not root");
	touch("f", 0000);
	CHECK(open("f", O_RDWR) >= 0);
	EQ(access("f", R_OK | W_OK), 0);
	ERR(access("f", X_OK), EACCES);
}

TEST("chmod, fchmod, chown: set-id bits go when the owner changes")
{
	struct stat st;
	int fd;

	if (getuid() != 0)
		SKIP("not root");
	touch("f", 0644);
	fd = open("f", O_RDWR);
	EQ(fchmod(fd, 06755), 0);
	EQ(stat("f", &st), 0);
	EQ(st.st_mode & 07777, 06755);
	EQ(chown("f", 1000, -1), 0);
	EQ(stat("f", &st), 0);
	EQ(st.st_uid, 1000);
	EQ(st.st_gid, 0);
	EQ(st.st_mode & 07777, 0755);
	EQ(symlink("f", "l"), 0);
	EQ(lchown("l", 5, 6), 0);
	EQ(lstat("l", &st), 0);
	EQ(st.st_uid, 5);
	EQ(stat("f", &st), 0);
	EQ(st.st_uid, 1000);
	ERR(chmod("none", 0), ENOENT);
}

TEST("a set-group-id folder hands its group on")
{
	struct stat st;

	if (getuid() != 0)
		SKIP("not root");
	EQ(mkdir("d", 0755), 0);
	EQ(chown("d", -1, 77), 0);
	EQ(chmod("d", 02775), 0);
	touch("d/f", 0644);
	EQ(mkdir("d/e", 0755), 0);
	EQ(stat("d/f", &st), 0);
	EQ(st.st_gid, 77);
	EQ(stat("d/e", &st), 0);
	EQ(st.st_gid, 77);
	EQ(st.st_mode & S_ISGID, S_ISGID);
}

TEST("times: utimensat with values, NOW, OMIT; write changes mtime")
{
	struct timespec ts[2] = { { 1000, 5 }, { 2000, 123456789 } };
	struct stat st;
	int fd;

	touch("f", 0644);
	EQ(utimensat(AT_FDCWD, "f", ts, 0), 0);
	EQ(stat("f", &st), 0);
	EQ(st.st_atim.tv_sec, 1000);
	EQ(st.st_mtim.tv_sec, 2000);
	EQ(st.st_mtim.tv_nsec, 123456789);
	ts[0].tv_nsec = UTIME_OMIT;
	ts[1].tv_nsec = UTIME_NOW;
	EQ(utimensat(AT_FDCWD, "f", ts, 0), 0);
	EQ(stat("f", &st), 0);
	EQ(st.st_atim.tv_sec, 1000);
	CHECK(st.st_mtim.tv_sec > 1000000000 || st.st_mtim.tv_sec != 2000);
	ts[0].tv_nsec = 0, ts[1].tv_sec = 3000, ts[1].tv_nsec = 0;
	EQ(utimensat(AT_FDCWD, "f", ts, 0), 0);
	fd = open("f", O_WRONLY);
	EQ(write(fd, "x", 1), 1);
	EQ(fstat(fd, &st), 0);
	CHECK(st.st_mtim.tv_sec != 3000);
	ts[0].tv_nsec = 1000000000;
	ERR(utimensat(AT_FDCWD, "f", ts, 0), EINVAL);
	ERR(utimensat(AT_FDCWD, "none", NULL, 0), ENOENT);
}

TEST("the at-calls: folder descriptors, absolute paths, flags")
{
	struct stat st;
	int d;

	EQ(mkdir("d", 0755), 0);
	d = open("d", O_RDONLY | O_DIRECTORY);
	close(openat(d, "f", O_CREAT | O_WRONLY, 0644));
	EQ(exists("d/f"), 1);
	EQ(fstatat(d, "f", &st, 0), 0);
	EQ(mkdirat(d, "sub", 0755), 0);
	EQ(symlinkat("f", d, "l"), 0);
	EQ(fstatat(d, "l", &st, AT_SYMLINK_NOFOLLOW), 0);
	CHECK(S_ISLNK(st.st_mode));
	EQ(linkat(d, "f", d, "g", 0), 0);
	EQ(renameat(d, "g", AT_FDCWD, "moved"), 0);
	EQ(unlinkat(d, "sub", AT_REMOVEDIR), 0);
	ERR(unlinkat(d, "f", AT_REMOVEDIR), ENOTDIR);
	EQ(faccessat(d, "f", R_OK, 0), 0);
	EQ(fchmodat(d, "f", 0600, 0), 0);
	EQ(fstatat(d, "", &st, AT_EMPTY_PATH), 0);
	CHECK(S_ISDIR(st.st_mode));
	ERR(openat(999, "f", O_RDONLY), EBADF);
	ERR(openat(openat(d, "f", O_RDONLY), "x", O_RDONLY), ENOTDIR);
	CHECK(openat(999, "/dev/null", O_RDONLY) >= 0);
	ERR(unlinkat(d, "f", 0x999), EINVAL);
}

TEST("statx gives what stat gives")
{
	struct stat st;
	struct { uint32_t mask, blksize; uint64_t attr; uint32_t nlink, uid, gid;
	    uint16_t mode, pad; uint64_t ino, size;
	    char rest[256]; } sx;

	touch("f", 0641);
	EQ(stat("f", &st), 0);
	EQ(syscall(SYS_statx, AT_FDCWD, "f", 0, 0x7ff, &sx), 0);
	EQ(sx.ino, st.st_ino);
	EQ(sx.size, 10);
	EQ(sx.mode, st.st_mode);
	EQ(sx.nlink, 1);
}

TEST("dup, dup2, dup3, F_DUPFD share the offset and not the flags")
{
	int fd = open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0644), other;

	EQ(write(fd, "abc", 3), 3);
	other = dup(fd);
	EQ(lseek(other, 0, SEEK_CUR), 3);
	EQ(fcntl(other, F_GETFD), 0);
	EQ(dup2(fd, 77), 77);
	EQ(dup2(77, 77), 77);
	EQ(dup3(fd, 78, O_CLOEXEC), 78);
	EQ(fcntl(78, F_GETFD), FD_CLOEXEC);
	ERR(dup3(fd, fd, 0), EINVAL);
	ERR(dup2(999, 5), EBADF);
	ERR(dup2(fd, -1), EBADF);
	ERR(dup2(fd, 10000000), EBADF);
	EQ(fcntl(fd, F_DUPFD, 200), 200);
	EQ(fcntl(fd, F_DUPFD_CLOEXEC, 200), 201);
	ERR(fcntl(fd, F_DUPFD, -1), EINVAL);
	EQ(fcntl(fd, F_SETFL, O_APPEND), 0);
	EQ(fcntl(other, F_GETFL) & O_APPEND, O_APPEND);
	ERR(fcntl(fd, 9999), EINVAL);
	ERR(fcntl(998, F_GETFL), EBADF);
}

TEST("fcntl locks: conflict, EAGAIN, test, ranges, release by close and by death")
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10 };
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	struct gate g = gate_make(), h = gate_make();
	pid_t pid;

	if ((pid = child()) == 0) {
		EQ(fcntl(fd, F_SETLK, &fl), 0);
		gate_open(&g);
		gate_pass(&h);
		close(open("f", O_RDONLY));
		gate_open(&g);
		gate_pass(&h);
		fl.l_start = 0;
		EQ(fcntl(fd, F_SETLK, &fl), 0);
		gate_open(&g);
		sleep_ms(40);
		_exit(0);
	}
	gate_pass(&g);
	ERR(fcntl(fd, F_SETLK, &fl), EAGAIN);
	EQ(fcntl(fd, F_GETLK, &fl), 0);
	EQ(fl.l_type, F_WRLCK);
	EQ(fl.l_pid, pid);
	fl.l_type = F_RDLCK, fl.l_start = 10;
	EQ(fcntl(fd, F_SETLK, &fl), 0);
	fl.l_start = 9;
	ERR(fcntl(fd, F_SETLK, &fl), EAGAIN);
	gate_open(&h);
	gate_pass(&g);
	EQ(fcntl(fd, F_SETLK, &fl), 0);
	fl.l_type = F_UNLCK, fl.l_start = 0, fl.l_len = 0;
	EQ(fcntl(fd, F_SETLK, &fl), 0);
	gate_open(&h);
	gate_pass(&g);
	fl.l_type = F_WRLCK;
	EQ(fcntl(fd, F_SETLKW, &fl), 0);
	EXITS(pid, 0);
}

TEST("fcntl locks: a cycle of two is EDEADLK")
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	struct gate g = gate_make();
	pid_t pid;

	EQ(fcntl(fd, F_SETLK, &fl), 0);
	if ((pid = child()) == 0) {
		fl.l_start = 1;
		EQ(fcntl(fd, F_SETLK, &fl), 0);
		gate_open(&g);
		fl.l_start = 0;
		EQ(fcntl(fd, F_SETLKW, &fl), 0);
		_exit(0);
	}
	gate_pass(&g);
	sleep_ms(50);
	fl.l_start = 1;
	ERR(fcntl(fd, F_SETLKW, &fl), EDEADLK);
	close(fd);
	EXITS(pid, 0);
}

TEST("flock: exclusive, shared, non-blocking, follows the open file through fork (NEW-14)")
{
	int a = open("f", O_RDWR | O_CREAT, 0644), b = open("f", O_RDWR);
	pid_t pid;

	EQ(flock(a, LOCK_EX), 0);
	ERR(flock(b, LOCK_EX | LOCK_NB), EAGAIN);
	if ((pid = child()) == 0) {
		EQ(flock(a, LOCK_UN), 0);
		_exit(0);
	}
	EXITS(pid, 0);
	EQ(flock(b, LOCK_SH | LOCK_NB), 0);
	EQ(flock(a, LOCK_SH | LOCK_NB), 0);
	ERR(flock(a, LOCK_EX | LOCK_NB), EAGAIN);
	close(b);
	EQ(flock(a, LOCK_EX | LOCK_NB), 0);
	ERR(flock(a, 16), EINVAL);
	ERR(flock(999, LOCK_EX), EBADF);
}

TEST("sendfile: file to file and to a pipe, with an offset")
{
	int in = open("in", O_RDWR | O_CREAT, 0644), out = open("out", O_RDWR | O_CREAT, 0644),
	    fd[2];
	off_t off = 2;
	char buf[16];

	EQ(write(in, "0123456789", 10), 10);
	EQ(sendfile(out, in, &off, 5), 5);
	EQ(off, 7);
	EQ(pread(out, buf, 16, 0), 5);
	CHECK(memcmp(buf, "23456", 5) == 0);
	EQ(pipe(fd), 0);
	lseek(in, 0, SEEK_SET);
	EQ(sendfile(fd[1], in, NULL, 100), 10);
	EQ(read(fd[0], buf, 16), 10);
	EQ(lseek(in, 0, SEEK_CUR), 10);
	EQ(sendfile(fd[1], in, NULL, 1), 0);
}

TEST("devices: null, zero, full, urandom")
{
	char buf[64] = "x", other[64];
	int fd = open("/dev/null", O_RDWR), i, sum = 0;

	EQ(write(fd, buf, 64), 64);
	EQ(read(fd, buf, 64), 0);
	fd = open("/dev/zero", O_RDWR);
	EQ(read(fd, buf, 64), 64);
	for (i = 0; i < 64; i++)
		sum |= buf[i];
	EQ(sum, 0);
	EQ(write(fd, buf, 64), 64);
	fd = open("/dev/full", O_RDWR);
	ERR(write(fd, buf, 1), ENOSPC);
	EQ(read(fd, buf, 64), 64);
	fd = open("/dev/urandom", O_RDONLY);
	EQ(read(fd, buf, 64), 64);
	EQ(read(fd, other, 64), 64);
	CHECK(memcmp(buf, other, 64) != 0);
}

TEST("device nodes: numbers, mknod, and what they open")
{
	struct stat st;

	EQ(stat("/dev/null", &st), 0);
	CHECK(S_ISCHR(st.st_mode));
	EQ(major(st.st_rdev), 1);
	EQ(minor(st.st_rdev), 3);
	if (getuid() != 0)
		SKIP("not root");
	EQ(mknod("nul", S_IFCHR | 0666, makedev(1, 3)), 0);
	EQ(stat("nul", &st), 0);
	EQ(st.st_rdev, makedev(1, 3));
	EQ(mknod("reg", S_IFREG | 0644, 0), 0);
	ERR(mknod("reg", S_IFREG | 0644, 0), EEXIST);
}

TEST("statfs and fstatfs; fsync, sync")
{
	struct statfs sf;
	int fd = open("f", O_RDWR | O_CREAT, 0644);

	EQ(statfs(".", &sf), 0);
	CHECK(sf.f_bsize > 0 && sf.f_blocks > 0 && sf.f_namelen == 255);
	EQ(fstatfs(fd, &sf), 0);
	ERR(statfs("none", &sf), ENOENT);
	EQ(fsync(fd), 0);
	EQ(fdatasync(fd), 0);
	ERR(fsync(999), EBADF);
	sync();
}

TEST("hostile buffers: EFAULT, and what was transferred before is counted")
{
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	EQ(munmap(p + 4096, 4096), 0);
	ERR(write(fd, (void *)8, 10), EFAULT);
	ERR(write(fd, (void *)0x8000000000000000, 10), EFAULT);
	EQ(write(fd, p, 4096), 4096);
	lseek(fd, 0, SEEK_SET);
	ERR(read(fd, (void *)0xffffffff80000000, 10), EFAULT);
	EQ(lseek(fd, 0, SEEK_CUR), 0);
	ssize_t n = pread(fd, p + 4086, 100, 0);
	CHECK(n == 10 || (n == -1 && errno == EFAULT));
	ERR(read(fd, (void *)-1L, 1), EFAULT);
	mprotect(p, 4096, PROT_READ);
	ERR(pread(fd, p, 10, 0), EFAULT);
}

TEST("400 descriptors; EMFILE at the limit; all close")
{
	int fd, i, n = 0;
	struct { unsigned long cur, max; } rl = { 400, 400 };

	EQ(syscall(SYS_prlimit64, 0, 7, &rl, NULL), 0);
	while ((fd = open("/dev/null", O_RDONLY)) >= 0)
		n++;
	EQ(errno, EMFILE);
	CHECK(n > 380);
	ERR(dup(0), EMFILE);
	int p[2];
	ERR(pipe(p), EMFILE);
	for (i = 3; i < 400; i++)
		close(i);
	CHECK(open("/dev/null", O_RDONLY) == 3);
}

TEST("close_range closes a range; a bad one EINVAL")
{
	int i;

	for (i = 0; i < 20; i++)
		dup2(0, 100 + i);
	EQ(syscall(SYS_close_range, 105, 114, 0), 0);
	EQ(fcntl(104, F_GETFD), 0);
	ERR(fcntl(105, F_GETFD), EBADF);
	ERR(fcntl(114, F_GETFD), EBADF);
	EQ(fcntl(115, F_GETFD), 0);
	ERR(syscall(SYS_close_range, 10, 5, 0), EINVAL);
}

TEST("O_TMPFILE has no name; O_PATH reads nothing")
{
	char c;
	int fd = open(".", O_TMPFILE | O_RDWR, 0600);

	if (fd == -1 && errno == EOPNOTSUPP)
		SKIP("no O_TMPFILE");
	CHECK(fd >= 0);
	EQ(write(fd, "x", 1), 1);
	touch("f", 0644);
	fd = open("f", O_PATH);
	CHECK(fd >= 0);
	ERR(read(fd, &c, 1), EBADF);
}

TEST("four processes create and remove files in one folder")
{
	char name[32];
	pid_t pid[4];
	int i, j;

	for (i = 0; i < 4; i++) {
		if ((pid[i] = child()) != 0)
			continue;
		for (j = 0; j < 200; j++) {
			snprintf(name, sizeof(name), "w%d.%d", i, j % 10);
			close(open(name, O_CREAT | O_WRONLY, 0644));
			EQ(rename(name, "common"), 0);
		}
		_exit(0);
	}
	for (i = 0; i < 4; i++)
		EXITS(pid[i], 0);
	EQ(exists("common"), 1);
	EQ(unlink("common"), 0);
}

TAP_MAIN(20)
