/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The space of pids, made small: what a fork does when it is dry, and that a number is nobody
 * else's while a fork holds it.
 */
#include "fixture.h"

#define SPACE	40

static int
small_setup(void **state)
{
	pid_space = SPACE;
	return setup(state);
}

/*
 * FIX-16, ADM-6, TUN-2: no number is free: EAGAIN, everything undone; one comes back, and the
 * next fork has it.
 */
static void
a_dry_space_is_eagain(void **state)
{
	struct fork_args args = { .fa_exit_signal = SIGCHLD };
	pid_t pids[SPACE], pid;
	struct fork_result res;
	struct count before, now;
	uint32_t n = 0, nproc, charged;

	while (fork1(curlwp(), &args, &res) == 0) {
		assert_true(n < SPACE && res.fr_pid < SPACE);
		for (uint32_t i = 0; i < n; i++)
			assert_int_not_equal(res.fr_pid, pids[i]);
		pids[n++] = res.fr_pid;
	}
	assert_int_equal(n, SPACE - 2);		/* but the kernel's and init's */
	before = count_all();
	nproc = proc_count();
	charged = init->p_charge->uc_nproc;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fork1(curlwp(), &args, &res), EAGAIN);
		now = count_all();
		assert_same(&before, &now);
		assert_int_equal(proc_count(), nproc);
		assert_int_equal(init->p_charge->uc_nproc, charged);
		check_quiet();
	}
	pid = pids[--n];
	let_exit(pid, 0);
	/* a zombie has its number */
	assert_int_equal(fork1(curlwp(), &args, &res), EAGAIN);
	assert_int_equal(wait_for(pid).wr_pid, pid);
	assert_int_equal(fork1(curlwp(), &args, &res), 0);
	assert_int_equal(res.fr_pid, pid);
	n++;
	while (n > 0) {
		let_exit(pids[--n], 0);
		assert_int_equal(wait_for(pids[n]).wr_pid, pids[n]);
	}
	check_quiet();
}

static uint64_t seen;			/* a bit for each number that was given out meanwhile */

/* Takes and gives back every number that there is, several times. */
static void
cycle_pids(void)
{
	pid_t pid, taken[SPACE];

	for (int round = 0; round < 5; round++) {
		uint32_t n = 0;

		spin_lock(&proc_tree_lock);
		while (pid_alloc_locked(0, &pid) == 0) {
			seen |= 1ull << pid;
			taken[n++] = pid;
		}
		while (n > 0)
			pid_release_locked(taken[--n]);
		spin_unlock(&proc_tree_lock);
	}
}

/* FIX-59: a number is not free while a fork that holds it is under way. */
static void
a_fork_keeps_its_number(void **state)
{
	struct fork_args args = { .fa_exit_signal = SIGCHLD };
	struct fork_result res;

	stub_during_fork = cycle_pids;
	assert_int_equal(fork1(curlwp(), &args, &res), 0);
	stub_during_fork = NULL;
	seen = 0;
	cycle_pids();
	assert_true(seen != 0 && (seen >> res.fr_pid & 1) == 0);
	let_exit(res.fr_pid, 0);
	(void)wait_for(res.fr_pid);
}

static int
cycle_at_point(struct point *pt, const uintptr_t arg[3])
{
	seen = 0;
	cycle_pids();
	assert_true(seen != 0 && (seen >> arg[0] & 1) == 0);
	return 0;
}

/* FIX-59, the same at every later step, up to the last. */
static void
a_fork_keeps_its_number_at_each_step(void **state)
{
	struct fork_args args = { .fa_exit_signal = SIGCHLD };
	struct fork_result res;
	bool after = false;

	for (struct point *pt = __start_points; pt < __stop_points; pt++) {
		if (strncmp(pt->pt_name, "fork.", 5) != 0 || strcmp(pt->pt_name, "fork.wait") == 0)
			continue;
		if (after) {		/* of the step that reserves it */
			point_handler = cycle_at_point;
			pt->pt_armed = POINT_STALL;
			assert_int_equal(fork1(curlwp(), &args, &res), 0);
			pt->pt_armed = 0;
			let_exit(res.fr_pid, 0);
			(void)wait_for(res.fr_pid);
		}
		after = after || strcmp(pt->pt_name, "fork.pid") == 0;
	}
	assert_true(after);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dry_space_is_eagain),
		cmocka_unit_test(a_fork_keeps_its_number),
		cmocka_unit_test(a_fork_keeps_its_number_at_each_step),
	};

	return cmocka_run_group_tests_name("a small pid space", tests, small_setup, teardown);
}
