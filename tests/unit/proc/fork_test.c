/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel/proc: fork1 with every allocation made to fail in turn, births and deaths against the
 * census, admission, pids; and kernel/signal: what is pending, in which order. No LWP runs: the
 * test is whichever LWP it says it is.
 */
#include "fixture.h"

/* --- fork --- */

static const uint32_t shapes[] = {
	0,
	FORK_CLEAN_FILES,
	FORK_SHARE_VM | FORK_SHARE_CWD | FORK_SHARE_FILES | FORK_SHARE_SIGS,
	FORK_SHARE_VM,
	FORK_SHARE_FILES | FORK_CLEAN_SIGS,
	FORK_NOWAIT,
};

/* FIX-5, ADM-7, INV-1, INV-2, INV-3: whichever allocation fails, nothing is left. */
static void
fork_fails_without_a_trace(void **state)
{
	uint32_t failures = 0;
	uint64_t mark = 0;

	forkstat_fork(curproc(), &mark, 0, NULL);	/* what a first fork makes for good */
	for (uint32_t i = 0; i < nitems(shapes); i++) {
		struct fork_args args = { .fa_flags = shapes[i], .fa_exit_signal = SIGCHLD };
		struct fork_result res;
		int error = ENOMEM;

		for (uint64_t after = 0; error != 0; after++) {
			struct count before = count_all(), now;
			uint64_t bytes = census_number("kmalloc_bytes"),
			    pages = census_number("pages_used");
			uint32_t nproc = proc_count(), charged = init->p_charge->uc_nproc;
			int64_t text = stub_text_count;

			mem_fail_after(after, 1);
			error = fork1(curlwp(), &args, &res);
			(void)mem_fail_clear();
			if (error != 0) {
				assert_int_equal(error, ENOMEM);
				failures++;
			} else {
				let_exit(res.fr_pid, 5);
				assert_int_equal(wait_for(res.fr_pid).wr_status, 5);
			}
			now = count_all();
			assert_same(&before, &now);
			assert_int_equal(census_number("kmalloc_bytes"), bytes);
			if (after > 0)	/* the first fork fills the allocators' own tables */
				assert_int_equal(census_number("pages_used"), pages);
			assert_int_equal(proc_count(), nproc);
			assert_int_equal(init->p_charge->uc_nproc, charged);
			assert_int_equal(stub_text_count, text);
		}
	}
	assert_true(failures >= 40);
}

/* ENT-5 in the core: combinations that mean nothing. */
static void
fork_refuses_bad_flags(void **state)
{
	struct fork_args bad[] = {
		{ .fa_flags = FORK_SHARE_SIGS },
		{ .fa_flags = FORK_SHARE_SIGS | FORK_SHARE_VM | FORK_CLEAN_SIGS },
		{ .fa_flags = 0x80000000u },
		{ .fa_exit_signal = NSIG },
		{ .fa_exit_signal = -1 },
		{ .fa_flags = FORK_NOWAIT | FORK_SIBLING },
	};
	uint32_t nproc = proc_count();

	for (uint32_t i = 0; i < nitems(bad); i++)
		assert_int_equal(fork1(curlwp(), &bad[i], NULL), EINVAL);
	assert_int_equal(proc_count(), nproc);
}

static void
signal_the_group(void)
{
	struct ksiginfo ksi = { .ks_signo = SIGWINCH };

	signal_post_pgrp(init->p_pgrp, &ksi);
}

/* FIX-31, ENT-11: a signal to the group that comes while the child is built undoes the fork. */
static void
fork_overtaken_by_a_group_signal(void **state)
{
	struct fork_args args = { .fa_exit_signal = SIGCHLD };
	struct count before = count_all(), now;
	uint32_t nproc = proc_count();

	stub_during_fork = signal_the_group;
	assert_int_equal(fork1(curlwp(), &args, NULL), ERESTARTALWAYS);
	stub_during_fork = NULL;
	now = count_all();
	assert_same(&before, &now);
	assert_int_equal(proc_count(), nproc);
}

/* PUB-5, NEW-12, NEW-20: newest first in the parent's list, right after the parent in the group. */
static void
fork_places_the_child(void **state)
{
	struct fork_args args = { .fa_exit_signal = SIGCHLD };
	struct fork_result a, b;
	struct proc *p;

	assert_int_equal(fork1(curlwp(), &args, &a), 0);
	assert_int_equal(fork1(curlwp(), &args, &b), 0);
	p = proc_find(b.fr_pid);
	assert_ptr_equal(list_first(&init->p_children, struct proc, p_sibling), p);
	assert_ptr_equal(list_entry(init->p_pgrp_link.next, struct proc, p_pgrp_link), p);
	assert_int_equal(proc_ppid(p), 1);
	proc_drop(p);
	let_exit(a.fr_pid, 1);
	let_exit(b.fr_pid, 2);
	assert_int_equal(wait_for(a.fr_pid).wr_pid, a.fr_pid);
	assert_int_equal(wait_for(b.fr_pid).wr_pid, b.fr_pid);
}

/*
 * ADM-1, ADM-2, ADM-3: root gets the last places, others do not; a refusal leaves the count as it
 * was.
 */
static void
admission_keeps_root_places(void **state)
{
	struct cred user = { .cr_refs = { 1 }, .cr_uid = 7, .cr_euid = 7 };
	struct ucount *uc[64], *extra;
	uint32_t start = proc_count(), n = 0, saved = proc_max;

	proc_max = start + 20;
	while (admit_fork(curlwp(), &user, &uc[n]) == 0)
		n++;
	assert_int_equal(proc_count(), proc_max - 6);
	assert_int_equal(admit_fork(curlwp(), &user, &extra), EAGAIN);
	while (admit_fork(curlwp(), &cred_kernel, &uc[n]) == 0)
		n++;
	assert_int_equal(proc_count(), proc_max - 1);
	while (n > 0)
		admit_undo(uc[--n]);
	assert_int_equal(proc_count(), start);
	proc_max = saved;
}

/* --- pids --- */

/* FIX-60, NEW-1: a number does not come back before at least half of the space was given out. */
static void
pids_do_not_come_back_soon(void **state)
{
	enum { SPACE = 4194304, LIVE = 500 };
	static uint32_t freed_at[SPACE];
	static pid_t live[LIVE];
	uint32_t now = 1;

	spin_lock(&proc_tree_lock);
	for (uint32_t i = 0; i < 6000000; i++, now++) {
		uint32_t k = unit_random() % LIVE;
		pid_t pid;

		if (live[k] != 0) {
			pid_release_locked(live[k]);
			freed_at[live[k]] = now;
		}
		assert_int_equal(pid_alloc_locked(0, &pid), 0);
		assert_true(pid > 1 && pid < SPACE);
		if (freed_at[pid] != 0 && now - freed_at[pid] < SPACE / 2 - 2 * LIVE)
			fail_msg("%d came back after %u", pid, now - freed_at[pid]);
		live[k] = pid;
	}
	for (uint32_t k = 0; k < LIVE; k++)
		if (live[k] != 0)
			pid_release_locked(live[k]);
	spin_unlock(&proc_tree_lock);
	/* Only the chunks in use are kept. */
	assert_true(census_live("pid_chunk") <= 4);
}

/*
 * FIX-60, NEW-1: an old number that is freed just before its turn comes is passed over, once.
 */
static void
a_number_freed_before_its_turn_waits_a_round(void **state)
{
	enum { SPACE = 4194304 };
	pid_t pid = 0, old;
	uint32_t after = 0;

	spin_lock(&proc_tree_lock);
	assert_int_equal(pid_alloc_locked(0, &old), 0);
	/* Round, to the number before it. */
	do {
		if (pid != 0)
			pid_release_locked(pid);
		assert_int_equal(pid_alloc_locked(0, &pid), 0);
	} while (pid != old - 1);
	pid_release_locked(pid);
	pid_release_locked(old);
	do {
		assert_int_equal(pid_alloc_locked(0, &pid), 0);
		pid_release_locked(pid);
		after++;
	} while (pid != old);
	spin_unlock(&proc_tree_lock);
	assert_true(after >= SPACE / 2 - 10);
}

/* --- signals --- */

static struct proc *
make_child(pid_t *pid)
{
	struct fork_args args = { .fa_exit_signal = SIGCHLD };
	struct fork_result res;
	struct proc *p;

	assert_int_equal(fork1(curlwp(), &args, &res), 0);
	*pid = res.fr_pid;
	p = proc_find(res.fr_pid);
	proc_drop(p);
	return p;
}

static void
end_child(pid_t pid)
{
	let_exit(pid, 0);
	assert_int_equal(wait_for(pid).wr_pid, pid);
}

static int
take(struct lwp *l, struct ksiginfo *ksi)
{
	int signo;

	spin_lock(&l->l_proc->p_lock);
	signo = signal_take_locked(l, ~0ull, ksi);
	spin_unlock(&l->l_proc->p_lock);
	return signo;
}

/*
 * Standard signals are pending once, real-time ones queue in order; the LWP's own faults come
 * first.
 */
static void
signals_queue_in_order(void **state)
{
	struct sigaction_k handler = { .sa_handler = 0x1000 };
	struct ksiginfo ksi = { .ks_code = SI_QUEUE }, got;
	pid_t pid;
	struct proc *p = make_child(&pid);
	struct lwp *l = first_lwp(p);

	for (int signo = 1; signo < NSIG; signo++)
		if (signo != SIGKILL && signo != SIGSTOP)
			assert_int_equal(signal_action(p, signo, &handler, NULL), 0);
	l->l_sigmask = ~0ull;
	for (uint64_t i = 0; i < 3; i++) {
		ksi.ks_value = i;
		ksi.ks_signo = SIGUSR1;
		assert_int_equal(signal_post_proc(p, &ksi), 0);
		ksi.ks_signo = SIGRTMIN + 3;
		assert_int_equal(signal_post_proc(p, &ksi), 0);
	}
	ksi.ks_signo = SIGSEGV;
	assert_int_equal(signal_post_lwp(l, &ksi), 0);
	assert_int_equal(take(l, &got), SIGSEGV);
	assert_int_equal(take(l, &got), SIGUSR1);
	assert_int_equal(got.ks_value, 0);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(take(l, &got), SIGRTMIN + 3);
		assert_int_equal(got.ks_value, i);
	}
	assert_int_equal(take(l, &got), 0);
	end_child(pid);
	assert_int_equal(census_live("sigq"), 0);
}

/* RLIMIT_SIGPENDING: EAGAIN for what must not lose its data, by the receiver's user. */
static void
signals_are_limited(void **state)
{
	struct rlimit_k small = { 4, 4 };
	struct ksiginfo ksi = { .ks_signo = SIGRTMIN, .ks_code = SI_QUEUE };
	pid_t pid;
	struct proc *p = make_child(&pid);

	first_lwp(p)->l_sigmask = ~0ull;
	assert_int_equal(proc_limit_set(p, RLIMIT_SIGPENDING, &small), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(signal_post_proc(p, &ksi), 0);
	assert_int_equal(signal_post_proc(p, &ksi), EAGAIN);
	ksi.ks_signo = SIGTERM;		/* pending without its data */
	assert_int_equal(signal_post_proc(p, &ksi), 0);
	end_child(pid);
	assert_int_equal(census_live("sigq"), 0);
	assert_int_equal(init->p_charge->uc_nsig, 0);
}

/*
 * SIGCONT forgets stops, a stop forgets SIGCONT; ignored is dropped; fatal condemns at once; a
 * fork of a condemned process is undone.
 */
static void
signals_decide_at_once(void **state)
{
	struct sigaction_k handler = { .sa_handler = 0x1000 };
	struct ksiginfo ksi = { .ks_code = SI_USER }, got;
	struct fork_args args = { .fa_exit_signal = SIGCHLD };
	pid_t pid;
	struct proc *p = make_child(&pid);
	struct lwp *l = first_lwp(p), *self = curlwp();

	assert_int_equal(signal_action(p, SIGCONT, &handler, NULL), 0);
	ksi.ks_signo = SIGTSTP;
	assert_int_equal(signal_post_proc(p, &ksi), 0);
	assert_true((l->l_attn & LATTN_SIGNAL) != 0);
	ksi.ks_signo = SIGCONT;
	assert_int_equal(signal_post_proc(p, &ksi), 0);
	assert_int_equal(p->p_sig.sp_set, SIGBIT(SIGCONT));
	ksi.ks_signo = SIGTTIN;
	assert_int_equal(signal_post_proc(p, &ksi), 0);
	assert_int_equal(p->p_sig.sp_set, SIGBIT(SIGTTIN));
	assert_int_equal(take(l, &got), SIGTTIN);
	ksi.ks_signo = SIGCHLD;
	assert_int_equal(signal_post_proc(p, &ksi), 0);
	assert_int_equal(p->p_sig.sp_set, 0);
	ksi.ks_signo = SIGTERM;
	assert_int_equal(signal_post_proc(p, &ksi), 0);
	assert_true(lwp_dying(l) && p->p_exit_signo == SIGTERM);
	become(l);
	assert_int_equal(fork1(l, &args, NULL), ERESTARTALWAYS);
	become(self);
	let_exit(pid, 9);		/* too late: the signal was first */
	assert_int_equal(wait_for(pid).wr_status, SIGTERM);
}

/* Init is not harmed by what it does not handle. */
static void
init_is_protected(void **state)
{
	struct ksiginfo ksi = { .ks_code = SI_USER };

	for (int signo = 1; signo < NSIG; signo++) {
		ksi.ks_signo = signo;
		assert_int_equal(signal_post_proc(init, &ksi), 0);
	}
	assert_false(lwp_dying(first_lwp(init)));
	assert_int_equal(init->p_sig.sp_set, 0);
}

/* END-1, FIX-57: orphans go to init with SIGCHLD. */
static void
orphans_go_to_init(void **state)
{
	struct fork_args args = { .fa_exit_signal = SIGUSR1 };
	struct fork_result res;
	struct lwp *self = curlwp();
	pid_t pid;
	struct proc *p = make_child(&pid), *orphan;

	become(first_lwp(p));
	assert_int_equal(fork1(curlwp(), &args, &res), 0);
	become(self);
	orphan = proc_find(res.fr_pid);
	assert_int_equal(proc_ppid(orphan), pid);
	end_child(pid);
	assert_int_equal(proc_ppid(orphan), 1);
	assert_int_equal(orphan->p_exit_signal, SIGCHLD);
	proc_drop(orphan);
	end_child(res.fr_pid);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fork_refuses_bad_flags),
		cmocka_unit_test(fork_fails_without_a_trace),
		cmocka_unit_test(fork_overtaken_by_a_group_signal),
		cmocka_unit_test(fork_places_the_child),
		cmocka_unit_test(admission_keeps_root_places),
		cmocka_unit_test(signals_queue_in_order),
		cmocka_unit_test(signals_are_limited),
		cmocka_unit_test(signals_decide_at_once),
		cmocka_unit_test(init_is_protected),
		cmocka_unit_test(orphans_go_to_init),
		cmocka_unit_test(pids_do_not_come_back_soon),
		cmocka_unit_test(a_number_freed_before_its_turn_waits_a_round),
	};

	return cmocka_run_group_tests_name("proc and signal", tests, setup, teardown);
}
