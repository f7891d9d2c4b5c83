/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptor tables: what fork copies and what it leaves out, counts, last closes, every
 * allocation failing; and a model.
 */
#define sigset_t unit_sigset_t
#define vnode unit_vnode
#include "../unit.h"
#include "../memfail.h"
#undef sigset_t
#undef vnode
#include "file/fd.h"
#include "mem/census.h"
#include "proc/cred.h"

#define LIMIT	1024

static uint32_t nclosed, ndetached;
static const void *detached_from;

static void
note_close(struct file *f)
{
	nclosed++;
}

static void
note_detach(struct file *f, const struct fd_table *t)
{
	ndetached++;
	detached_from = t;
}

static const struct file_ops plain_ops = { .name = "plain", .close = note_close,
    .detach = note_detach };
static const struct file_ops queue_ops = { .name = "queue", .close = note_close, .mqueue = true };
static const struct file_ops kqueue_ops = { .name = "kqueue", .close = note_close, .nofork = true };

static struct fd_table *
table(void)
{
	struct fd_table *t;

	assert_int_equal(fd_table_create(&t), 0);
	nclosed = ndetached = 0;
	return t;
}

static int
put(struct fd_table *t, const struct file_ops *ops, uint32_t flags)
{
	struct file *f;
	int fd;

	assert_int_equal(file_alloc(ops, NULL, 0, &cred_kernel, &f), 0);
	assert_int_equal(fd_alloc_install(t, 0, LIMIT, f, flags, &fd), 0);
	return fd;
}

static bool
is_open(struct fd_table *t, int fd)
{
	uint32_t flags;

	return fd_get_flags(t, fd, &flags) == 0;
}

static uint32_t
flags_of(struct fd_table *t, int fd)
{
	uint32_t flags;

	assert_int_equal(fd_get_flags(t, fd, &flags), 0);
	return flags;
}

/*
 * NEW-8, FIX-24: close-on-fork descriptors and kqueues are holes in the copy, into which the next
 * open goes.
 */
static void
a_copy_has_holes(void **state)
{
	struct fd_table *t = table(), *c, *u;

	assert_int_equal(put(t, &plain_ops, 0), 0);
	assert_int_equal(put(t, &plain_ops, FD_CLOFORK), 1);
	assert_int_equal(put(t, &plain_ops, FD_CLOEXEC), 2);
	assert_int_equal(put(t, &kqueue_ops, 0), 3);
	assert_int_equal(put(t, &plain_ops, FD_CLOFORK | FD_CLOEXEC), 4);
	assert_int_equal(put(t, &plain_ops, 0), 5);
	assert_int_equal(fd_table_copy(t, &c), 0);
	assert_true(is_open(c, 0) && !is_open(c, 1) && is_open(c, 2) && !is_open(c, 3) &&
	    !is_open(c, 4) && is_open(c, 5));
	assert_int_equal(flags_of(c, 2), FD_CLOEXEC);
	assert_int_equal(flags_of(c, 0), 0);
	assert_int_equal(put(c, &plain_ops, 0), 1);
	assert_int_equal(flags_of(c, 1), 0);
	assert_int_equal(put(c, &plain_ops, 0), 3);
	assert_int_equal(put(c, &plain_ops, 0), 4);
	assert_int_equal(put(c, &plain_ops, 0), 6);
	/*
	 * A table that only gets an owner of its own (unshare, exec) keeps them, and their marks.
	 */
	assert_int_equal(fd_table_unshare(t, &u), 0);
	for (int fd = 0; fd <= 5; fd++) {
		assert_true(is_open(u, fd));
		assert_int_equal(flags_of(u, fd), flags_of(t, fd));
	}
	/* exec closes by the one mark, not by the other. */
	assert_int_equal(fd_table_close_on_exec(u), 0);
	assert_true(is_open(u, 1) && !is_open(u, 2) && !is_open(u, 4));
	assert_int_equal(flags_of(u, 1), FD_CLOFORK);
	fd_table_drop(c);
	fd_table_drop(u);
	assert_int_equal(nclosed, 4);		/* those that were opened in the copy */
	fd_table_drop(t);
	assert_int_equal(nclosed, 10);
}

/* FIX-24: what __clone asks before it shares a table. */
static void
a_table_knows_close_on_fork(void **state)
{
	struct fd_table *t = table();
	int fd = 0;

	for (int i = 0; i < 130; i++)
		fd = put(t, &plain_ops, FD_CLOEXEC);
	assert_false(fd_table_has_clofork(t));
	assert_int_equal(fd_set_flags(t, fd, FD_CLOFORK), 0);
	assert_true(fd_table_has_clofork(t));
	assert_int_equal(fd_close(t, fd), 0);
	assert_false(fd_table_has_clofork(t));
	assert_int_equal(put(t, &plain_ops, 0), fd);
	assert_false(fd_table_has_clofork(t));
	assert_int_equal(fd_close_range(t, 100, 100, FD_CLOFORK), 0);
	assert_true(fd_table_has_clofork(t));
	assert_int_equal(flags_of(t, 100), FD_CLOFORK | FD_CLOEXEC);
	fd_table_drop(t);
}

/* The marks are the descriptor's: a dup starts with those that it was given. */
static void
a_dup_has_its_own_marks(void **state)
{
	struct fd_table *t = table();
	int fd = put(t, &plain_ops, FD_CLOFORK | FD_CLOEXEC), d;

	assert_int_equal(fd_dup(t, fd, 0, LIMIT, 0, &d), 0);
	assert_int_equal(flags_of(t, d), 0);
	assert_int_equal(fd_dup_to(t, d, 70, LIMIT, FD_CLOFORK), 0);
	assert_int_equal(flags_of(t, 70), FD_CLOFORK);
	assert_int_equal(fd_dup_to(t, fd, 70, LIMIT, FD_CLOEXEC), 0);
	assert_int_equal(flags_of(t, 70), FD_CLOEXEC);
	assert_int_equal(flags_of(t, fd), FD_CLOFORK | FD_CLOEXEC);
	fd_table_drop(t);
	assert_int_equal(nclosed, 1);
}

/* NEW-9, FIX-23: the count of message queues is the table's, through all that changes a table. */
static void
queues_are_counted(void **state)
{
	struct fd_table *t = table(), *c;
	int q = put(t, &queue_ops, 0), marked = put(t, &queue_ops, FD_CLOFORK | FD_CLOEXEC),
	    p = put(t, &plain_ops, 0), d;

	assert_int_equal(fd_table_mqueues(t), 2);
	assert_int_equal(fd_dup(t, q, 0, LIMIT, 0, &d), 0);
	assert_int_equal(fd_table_mqueues(t), 3);
	assert_int_equal(fd_dup_to(t, p, d, LIMIT, 0), 0);
	assert_int_equal(fd_table_mqueues(t), 2);
	assert_int_equal(fd_dup_to(t, q, d, LIMIT, 0), 0);
	assert_int_equal(fd_dup_to(t, q, d, LIMIT, 0), 0);
	assert_int_equal(fd_table_mqueues(t), 3);
	assert_int_equal(fd_table_copy(t, &c), 0);
	assert_int_equal(fd_table_mqueues(c), 2);	/* without the marked one */
	assert_int_equal(fd_close(c, q), 0);
	assert_int_equal(fd_table_mqueues(c), 1);
	assert_int_equal(fd_table_mqueues(t), 3);
	fd_table_drop(c);
	assert_int_equal(fd_table_close_on_exec(t), 0);
	assert_false(is_open(t, marked));
	assert_int_equal(fd_table_mqueues(t), 2);
	assert_int_equal(fd_close_range(t, 0, UINT32_MAX, 0), 0);
	assert_int_equal(fd_table_mqueues(t), 0);
	fd_table_drop(t);
	t = table();
	assert_int_equal(fd_table_mqueues(t), 0);	/* clean files */
	fd_table_drop(t);
}

/*
 * A fork that is undone: its copy matters for what the original closed meanwhile, and for nothing
 * else.
 */
static void
an_undone_copy_closes_last(void **state)
{
	struct fd_table *t = table(), *c;
	int a = put(t, &plain_ops, 0), b = put(t, &plain_ops, 0);

	assert_int_equal(fd_table_copy(t, &c), 0);
	assert_int_equal(fd_close(t, a), 0);
	assert_int_equal(nclosed, 0);			/* the copy has it open */
	assert_int_equal(ndetached, 1);
	assert_ptr_equal(detached_from, t);
	fd_table_drop(c);
	assert_int_equal(nclosed, 1);
	assert_ptr_equal(detached_from, c);
	assert_true(is_open(t, b));
	fd_table_drop(t);
	assert_int_equal(nclosed, 2);
}

/* A descriptor that is reserved (open, dup under way in another thread) is nobody's in the copy. */
static void
reserved_ones_are_not_copied(void **state)
{
	struct fd_table *t = table(), *c;
	struct file *f;
	int fd;

	assert_int_equal(fd_alloc(t, 0, LIMIT, &fd), 0);
	assert_int_equal(fd, 0);
	assert_int_equal(fd_table_copy(t, &c), 0);
	assert_int_equal(put(c, &plain_ops, 0), 0);
	assert_int_equal(file_alloc(&plain_ops, NULL, 0, &cred_kernel, &f), 0);
	fd_install(t, 0, f, 0);
	fd_table_drop(c);
	fd_table_drop(t);
	assert_int_equal(nclosed, 2);
}

static struct point *
point_of(const char *name)
{
	for (struct point *pt = __start_points; pt < __stop_points; pt++)
		if (strcmp(pt->pt_name, name) == 0)
			return pt;
	fail_msg("no point %s", name);
	return NULL;
}

static int
always(struct point *pt, const uintptr_t arg[3])
{
	return pt->pt_errno;
}

/* FIX-5: each step can fail, by its allocations and by its point, and nothing is left. */
static void
failures_leave_nothing(void **state)
{
	struct fd_table *t = table(), *c;
	uint64_t tables, bytes;
	int n = 0, error = ENOMEM;

	/* What a child does not get makes the copy a real one: the array, and a piece of it. */
	for (int i = 0; i < 300; i++)
		(void)put(t, &plain_ops, i == 7 ? FD_CLOFORK : 0);
	tables = census_live("fd_table");
	bytes = census_live("file");
	for (uint64_t after = 0; error != 0; after++, n++) {
		mem_fail_after(after, 1);
		error = fd_table_copy(t, &c);
		(void)mem_fail_clear();
		if (error != 0) {
			assert_int_equal(error, ENOMEM);
			assert_int_equal(census_live("fd_table"), tables);
		}
	}
	assert_true(n >= 3);
	fd_table_drop(c);
	point_handler = always;
	point_of("fd.copy")->pt_armed = POINT_FAIL;
	assert_int_equal(fd_table_copy(t, &c), ENOMEM);
	point_of("fd.copy")->pt_armed = 0;
	point_of("fd.create")->pt_armed = POINT_FAIL;
	assert_int_equal(fd_table_create(&c), ENOMEM);
	point_of("fd.create")->pt_armed = 0;
	assert_int_equal(census_live("fd_table"), tables);
	assert_int_equal(census_live("file"), bytes);
	assert_int_equal(nclosed, 0);
	fd_table_drop(t);
	assert_int_equal(nclosed, 300);
}

/* A table and a plain array, told the same things at random, agree; so do their copies. */
static void
a_table_is_like_its_model(void **state)
{
	enum { N = 200 };
	struct { bool open, queue; uint32_t flags; } model[N] = { 0 };
	struct fd_table *t = table(), *c;

	for (int round = 0; round < 20000; round++) {
		int fd = (int)(unit_random() % N), to = (int)(unit_random() % N), got, low = 0;
		uint32_t flags = unit_random() & (FD_CLOEXEC | FD_CLOFORK), count = 0;
		bool queue = unit_random() % 4 == 0;

		while (low < N && model[low].open)
			low++;
		switch (unit_random() % 6) {
		case 0:
		case 1:
			if (low == N)
				break;
			got = put(t, queue ? &queue_ops : &plain_ops, flags);
			assert_int_equal(got, low);
			model[low].open = true;
			model[low].queue = queue;
			model[low].flags = flags;
			break;
		case 2:
			assert_int_equal(fd_close(t, fd), model[fd].open ? 0 : EBADF);
			model[fd].open = false;
			break;
		case 3:
			if (fd == to)
				break;
			assert_int_equal(fd_dup_to(t, fd, to, LIMIT, flags), model[fd].open ? 0 :
			    EBADF);
			if (model[fd].open) {
				model[to] = model[fd];
				model[to].flags = flags;
			}
			break;
		case 4:
			assert_int_equal(fd_set_flags(t, fd, flags), model[fd].open ? 0 : EBADF);
			model[fd].flags = flags;
			break;
		case 5:
			assert_int_equal(fd_table_copy(t, &c), 0);
			for (int i = 0; i < N; i++) {
				bool want = model[i].open && (model[i].flags & FD_CLOFORK) == 0;

				assert_int_equal(is_open(c, i), want);
				if (want)
					assert_int_equal(flags_of(c, i), model[i].flags);
				count += want && model[i].queue;
			}
			assert_int_equal(fd_table_mqueues(c), count);
			fd_table_drop(c);
			break;
		}
	}
	fd_table_drop(t);
	assert_int_equal(census_live("file"), 0);
}

/* ---- Tables that fork from each other ---- */

#define NTABLES	12
#define NSLOTS	400
#define NFILES	4000

struct model {
	struct fd_table *t;
	uint16_t file[NSLOTS];		/* 0: closed */
	uint8_t	 marks[NSLOTS];
};

static struct model family[NTABLES];
static uint32_t holders[NFILES];	/* slots of all models that have the file */
static bool file_closed[NFILES];

static void
note_number(struct file *f)
{
	uintptr_t n = (uintptr_t)f->f_data;

	assert_int_equal(holders[n], 0);
	assert_false(file_closed[n]);
	file_closed[n] = true;
}

static const struct file_ops numbered_ops = { .name = "numbered", .close = note_number };

static void
model_clear(struct model *m, int fd)
{
	if (m->file[fd] != 0)
		holders[m->file[fd]]--;
	m->file[fd] = 0;
	m->marks[fd] = 0;
}

static void
model_put(struct model *m, int fd, uint16_t file, uint32_t marks)
{
	model_clear(m, fd);
	m->file[fd] = file;
	m->marks[fd] = (uint8_t)marks;
	holders[file]++;
}

/* A table that is gone, or is about to go. */
static void
model_end(struct model *m)
{
	struct fd_table *t = m->t;

	for (int fd = 0; fd < NSLOTS; fd++)
		model_clear(m, fd);
	m->t = NULL;
	fd_table_drop(t);
}

static void
check_model(const struct model *m)
{
	uint32_t n = 0;

	for (int fd = 0; fd < NSLOTS; fd++) {
		struct file *f;
		uint32_t marks;

		assert_int_equal(fd_get(m->t, fd, &f), m->file[fd] != 0 ? 0 : EBADF);
		if (f == NULL)
			continue;
		n++;
		assert_int_equal((uintptr_t)f->f_data, m->file[fd]);
		file_drop(f);
		assert_int_equal(fd_get_flags(m->t, fd, &marks), 0);
		assert_int_equal(marks, m->marks[fd]);
	}
	assert_int_equal(fd_table_count(m->t), n);
}

static int
lowest_free(const struct model *m)
{
	int fd = 0;

	while (fd < NSLOTS && m->file[fd] != 0)
		fd++;
	return fd;
}

static void
step_open(struct model *m, uint16_t *last_file, uint32_t marks)
{
	struct file *f;
	int fd, low = lowest_free(m), error;

	if (low == NSLOTS || *last_file == NFILES - 1 ||
	    file_alloc(&numbered_ops, NULL, 0, &cred_kernel, &f) != 0)
		return;
	f->f_data = (void *)(uintptr_t)++*last_file;
	error = fd_alloc_install(m->t, 0, NSLOTS, f, marks, &fd);
	if (error == 0) {
		assert_int_equal(fd, low);
		model_put(m, fd, *last_file, marks);
	} else {
		assert_int_equal(error, ENOMEM);
		file_drop(f);
	}
}

/* The model is told first: a last close comes within the call. */
static void
step_close(struct model *m, int fd)
{
	uint16_t file = m->file[fd];
	uint8_t marks = m->marks[fd];
	int error;

	model_clear(m, fd);
	error = fd_close(m->t, fd);
	assert_true(error == 0 ? file != 0 : error == (file != 0 ? ENOMEM : EBADF));
	if (error == ENOMEM)
		model_put(m, fd, file, marks);
}

static void
step_dup(struct model *m, int from, int to, uint32_t marks)
{
	uint16_t file = m->file[from], was = m->file[to];
	uint8_t was_marks = m->marks[to];
	int error;

	if (from == to)
		return;
	if (file != 0)
		model_put(m, to, file, marks);
	error = fd_dup_to(m->t, from, to, NSLOTS, marks);
	assert_true(error == 0 ? file != 0 : error == (file != 0 ? ENOMEM : EBADF));
	if (error != ENOMEM)
		return;
	model_clear(m, to);
	if (was != 0)
		model_put(m, to, was, was_marks);
}

static void
step_mark(struct model *m, int fd, uint32_t marks)
{
	int error = fd_set_flags(m->t, fd, marks);

	if (error == 0)
		m->marks[fd] = (uint8_t)marks;
	assert_true(error == ENOMEM || (error == 0) == (m->file[fd] != 0));
}

static void
step_fork(struct model *m, struct model *c, bool fork)
{
	int error = fork ? fd_table_copy(m->t, &c->t) : fd_table_unshare(m->t, &c->t);

	if (error != 0) {
		assert_int_equal(error, ENOMEM);
		c->t = NULL;
		return;
	}
	for (int fd = 0; fd < NSLOTS; fd++) {
		if (m->file[fd] != 0 && !(fork && (m->marks[fd] & FD_CLOFORK) != 0))
			model_put(c, fd, m->file[fd], m->marks[fd]);
	}
	check_model(c);
}

static void
step_exec(struct model *m)
{
	if (fd_table_prepare_exec(m->t) != 0)
		return;
	for (int fd = 0; fd < NSLOTS; fd++) {
		if ((m->marks[fd] & FD_CLOEXEC) != 0)
			model_clear(m, fd);
	}
	assert_int_equal(fd_table_close_on_exec(m->t), 0);
}

/*
 * Up to 12 tables share what they have and change it, allocations fail now and then: each is what
 * its model says, and a file is closed when the last that has it lets go, not before nor after.
 */
static void
tables_that_fork_are_like_their_models(void **state)
{
	uint16_t last_file = 0;

	assert_int_equal(fd_table_create(&family[0].t), 0);
	for (int round = 0; round < 60000; round++) {
		struct model *m = &family[unit_random() % NTABLES], *c = &family[unit_random() %
		    NTABLES];
		int fd = (int)(unit_random() % NSLOTS), to = (int)(unit_random() % NSLOTS);
		uint32_t marks = unit_random() % 8 == 0 ? unit_random() % 4 : 0;
		uint32_t what = unit_random() % 100;

		if (m->t == NULL)
			continue;
		if (unit_random() % 10 == 0)
			mem_fail_after(unit_random() % 3, 1);
		if (what < 35)
			step_open(m, &last_file, marks);
		else if (what < 60)
			step_close(m, fd);
		else if (what < 75)
			step_dup(m, fd, to, marks);
		else if (what < 80)
			step_mark(m, fd, marks);
		else if (what < 94 && c->t == NULL)
			step_fork(m, c, what % 4 != 0);
		else if (what < 97)
			step_exec(m);
		else if (c != m && c->t != NULL)
			model_end(c);
		(void)mem_fail_clear();
		check_model(m);
	}
	for (int i = 0; i < NTABLES; i++) {
		if (family[i].t != NULL)
			model_end(&family[i]);
	}
	for (int i = 1; i <= last_file; i++)
		assert_true(file_closed[i]);
	assert_int_equal(census_live("file"), 0);
	assert_int_equal(census_live("fd_table"), 0);
	assert_int_equal(census_live("fd_chunk"), 0);
}

static int
setup(void **state)
{
	host_init(64ul << 20);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_has_holes),
		cmocka_unit_test(a_table_knows_close_on_fork),
		cmocka_unit_test(a_dup_has_its_own_marks),
		cmocka_unit_test(queues_are_counted),
		cmocka_unit_test(an_undone_copy_closes_last),
		cmocka_unit_test(reserved_ones_are_not_copied),
		cmocka_unit_test(failures_leave_nothing),
		cmocka_unit_test(a_table_is_like_its_model),
		cmocka_unit_test(tables_that_fork_are_like_their_models),
	};

	return cmocka_run_group_tests_name("descriptor tables", tests, setup, NULL);
}
