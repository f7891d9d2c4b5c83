/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork1 against everybody else: whatever another thread of the parent, or another process, does
 * at whichever step of a fork, the child is of one piece or there is none. The points of fork1
 * are where the test does it, so each order of events is tried.
 */
#include "fixture.h"

#include "proc/auth.h"

#define USER	7

static struct proc *P;			/* whose fork it is, a child of init */
static void (*act)(void);		/* what is done ... */
static const struct point *act_at;	/* ... at this point, once */
static int fail_with;			/* or the step fails with this, -1: with the point's own */
static bool acting;
static char trail[512];			/* names of the points passed and what the tests add */

static int
on_point(struct point *pt, const uintptr_t arg[3])
{
	struct held_ranks held = *lwp_held_ranks(curlwp());
	void (*now)(void) = act;

	if (acting)
		return 0;
	strlcat(trail, pt->pt_name, sizeof(trail));
	strlcat(trail, " ", sizeof(trail));
	/* holding ends when the child ends */
	if (strcmp(pt->pt_name, "fork.wait") == 0 && now == NULL) {
		acting = true;
		let_exit((pid_t)arg[0], 0);
		acting = false;
		return 0;
	}
	if (pt != act_at)
		return 0;
	act_at = NULL;
	if (fail_with != 0)
		return fail_with < 0 ? pt->pt_errno : fail_with;
	assert_int_equal(host_cpu.c_spin_depth, 0);	/* one may sleep at these */
	acting = true;
	lwp_held_ranks(curlwp())->h_n = 0;		/* it is another LWP that acts */
	now();
	*lwp_held_ranks(curlwp()) = held;
	acting = false;
	return 0;
}

static bool
is_step(const struct point *pt)
{
	return strncmp(pt->pt_name, "fork.", 5) == 0;
}

#define foreach_step(pt)								\
	for (struct point *pt = __start_points; pt < __stop_points; pt++)		\
		if (is_step(pt))

/* Whether the child is published by then. */
static bool
is_late(const struct point *pt)
{
	return strcmp(pt->pt_name, "fork.start") == 0 || strcmp(pt->pt_name, "fork.wait") == 0;
}

static bool
is_wait(const struct point *pt)
{
	return strcmp(pt->pt_name, "fork.wait") == 0;
}

static void
watch_points(bool on)
{
	point_handler = on_point;
	for (struct point *pt = __start_points; pt < __stop_points; pt++) {
		if (is_step(pt) || strcmp(pt->pt_name, "proc:::create") == 0)
			pt->pt_armed = on ? POINT_STALL : 0;
	}
}

/* A fork by P, with something happening at a point (null: nothing). The child is held, or null. */
static int
fork_with(uint32_t flags, const struct point *at, void (*fn)(void), struct proc **child)
{
	struct fork_args args = { .fa_flags = flags, .fa_exit_signal = SIGCHLD };
	struct fork_result res = { 0 };
	int error;

	act = fn;
	act_at = at;
	trail[0] = '\0';
	watch_points(true);
	error = fork1(curlwp(), &args, &res);
	watch_points(false);
	act = NULL;
	*child = error == 0 ? proc_find(res.fr_pid) : NULL;
	return error;
}

/* P, a new child of init; the caller is it. */
static void
begin(void)
{
	struct fork_args args = { .fa_exit_signal = SIGCHLD };
	struct fork_result res;

	become(first_lwp(init));
	assert_int_equal(fork1(curlwp(), &args, &res), 0);
	P = proc_find(res.fr_pid);
	proc_drop(P);
	become(first_lwp(P));
}

/* The child, held, ends and is waited for by P. */
static void
end_child(struct proc *c)
{
	pid_t pid = c->p_pid;

	proc_drop(c);
	let_exit(pid, 3);
	assert_int_equal(wait_for(pid).wr_pid, pid);
}

static void
end(void)
{
	pid_t pid = P->p_pid;

	become(first_lwp(init));
	let_exit(pid, 0);
	assert_int_equal(wait_for(pid).wr_pid, pid);
	check_quiet();
}

/* --- credentials --- */

static void
become_user(void)
{
	assert_int_equal(proc_setresuid(P, USER, USER, USER), 0);
}

/*
 * FIX-10, FIX-11, NEW-5, NEW-2, INV-2, END-3: who is charged is who the child is, and the taint
 * is of the same instant.
 */
static void
credentials_are_of_one_instant(void **state)
{
	uint64_t ucounts = census_live("ucount"), creds = census_live("cred");
	uint32_t old = 0, new = 0;

	foreach_step(pt) {
		struct cred *before;
		struct proc *c;

		if (is_wait(pt))
			continue;
		begin();
		before = P->p_cred;
		assert_int_equal(fork_with(0, pt, become_user, &c), 0);
		assert_int_equal(c->p_charge->uc_uid, c->p_cred->cr_uid);
		/* the very one */
		assert_ptr_equal(c->p_cred, c->p_cred->cr_uid == USER ? P->p_cred : before);
		assert_int_equal((c->p_flags & PF_SUGID) != 0, c->p_cred->cr_uid == USER);
		*(c->p_cred->cr_uid == USER ? &new : &old) += 1;
		check_quiet();
		end_child(c);
		end();
		assert_int_equal(census_live("ucount"), ucounts);
		assert_int_equal(census_live("cred"), creds);
	}
	assert_true(old + new >= 12);
}

/* INV-8: memory is lent only to a child of the same credential. */
static void
no_loan_across_a_change_of_credential(void **state)
{
	foreach_step(pt) {
		struct proc *c;

		if (is_late(pt))
			continue;
		begin();
		assert_int_equal(fork_with(FORK_HOLD | FORK_SHARE_VM, pt, become_user, &c),
		    ERESTARTALWAYS);
		check_quiet();
		end();
	}
}

/* --- limits --- */

static void
lower_limit(void)
{
	struct rlimit_k rl = { 10, 20 };

	assert_int_equal(proc_limit_set(P, RLIMIT_NOFILE, &rl), 0);
}

/*
 * FIX-17, NEW-11: both members of a pair are of one instant; a later change on either side never
 * shows on the other.
 */
static void
limits_are_of_one_instant(void **state)
{
	uint64_t sets = census_live("plimit");

	foreach_step(pt) {
		struct rlimit_k got, mine = { 5, 6 }, its = { 3, 4 };
		struct proc *c;

		if (is_wait(pt))
			continue;
		begin();
		assert_int_equal(fork_with(0, pt, lower_limit, &c), 0);
		proc_limit_get(c, RLIMIT_NOFILE, &got);
		assert_true((got.rl_cur == 10 && got.rl_max == 20) ||
		    (got.rl_cur > 20 && got.rl_max >= got.rl_cur));
		assert_int_equal(proc_limit_set(P, RLIMIT_NOFILE, &mine), 0);
		assert_true(proc_limit(c, RLIMIT_NOFILE) == got.rl_cur);
		assert_int_equal(proc_limit_set(c, RLIMIT_NOFILE, &its), 0);
		assert_int_equal(proc_limit(P, RLIMIT_NOFILE), 5);
		end_child(c);
		end();
		assert_int_equal(census_live("plimit"), sets);
	}
}

/* --- groups --- */

static pid_t other_group;

static void
move_to_other_group(void)
{
	assert_int_equal(proc_setpgid(P, 0, other_group), 0);
}

/*
 * FIX-18, NEW-20, PUB-1: the group is P's at publication, even when it has moved and the old one
 * is gone.
 */
static void
the_group_is_that_of_publication(void **state)
{
	uint64_t groups = census_live("pgrp");
	struct fork_args args = { .fa_exit_signal = SIGCHLD };
	struct fork_result res;

	foreach_step(pt) {
		struct proc *c;
		int error;

		if (is_wait(pt))
			continue;
		begin();
		assert_int_equal(fork1(curlwp(), &args, &res), 0);
		other_group = res.fr_pid;
		assert_int_equal(proc_setpgid(P, other_group, other_group), 0);
		assert_int_equal(proc_setpgid(P, 0, 0), 0);
		error = fork_with(0, pt, move_to_other_group, &c);
		assert_int_equal(P->p_pgrp->pg_id, other_group);
		if (is_late(pt)) {		/* it was born in the old one, which lives on by
						 * it */
			assert_int_equal(error, 0);
			assert_int_equal(c->p_pgrp->pg_id, P->p_pid);
		} else if (error == 0) {
			assert_ptr_equal(c->p_pgrp, P->p_pgrp);
			assert_ptr_equal(list_entry(P->p_pgrp_link.next, struct proc, p_pgrp_link),
			    c);
		} else {
			assert_int_equal(error, ERESTARTALWAYS);
		}
		check_quiet();
		if (c != NULL)
			end_child(c);
		let_exit(other_group, 0);
		assert_int_equal(wait_for(other_group).wr_pid, other_group);
		end();
		assert_int_equal(census_live("pgrp"), groups);
	}
}

/* --- signal actions --- */

static void
change_actions(void)
{
	struct sigaction_k handler = { .sa_handler = 0x1000 }, ignore = { .sa_handler = SIG_IGN };

	assert_int_equal(signal_action(P, SIGUSR1, &handler, NULL), 0);
	assert_int_equal(signal_action(P, SIGCHLD, &ignore, NULL), 0);
	assert_int_equal(signal_action(P, SIGTERM, &ignore, NULL), 0);
}

/* Whether the death of a child of c leaves a zombie for it. */
static bool
waits_for_children(struct proc *c)
{
	struct fork_args args = { .fa_exit_signal = SIGCHLD };
	struct lwp *self = curlwp();
	struct fork_result res;
	struct proc *gone;
	bool zombie;

	become(first_lwp(c));
	assert_int_equal(fork1(curlwp(), &args, &res), 0);
	let_exit(res.fr_pid, 0);
	gone = proc_find(res.fr_pid);
	zombie = gone != NULL;
	if (zombie) {
		proc_drop(gone);
		assert_int_equal(wait_for(res.fr_pid).wr_pid, res.fr_pid);
	}
	become(self);
	return zombie;
}

/* FIX-19, NEW-16, NEW-2: the actions are of one instant, and what derives from them fits them. */
static void
actions_are_of_one_instant(void **state)
{
	foreach_step(pt) {
		struct sigaction_k usr1, chld, term;
		struct proc *c;
		bool new;

		if (is_wait(pt))
			continue;
		begin();
		assert_int_equal(fork_with(0, pt, change_actions, &c), 0);
		assert_int_equal(signal_action(c, SIGUSR1, NULL, &usr1), 0);
		assert_int_equal(signal_action(c, SIGCHLD, NULL, &chld), 0);
		assert_int_equal(signal_action(c, SIGTERM, NULL, &term), 0);
		new = usr1.sa_handler == 0x1000;
		assert_int_equal(chld.sa_handler, new ? SIG_IGN : SIG_DFL);
		assert_int_equal(term.sa_handler, new ? SIG_IGN : SIG_DFL);
		assert_int_equal(waits_for_children(c), !new);
		proc_drop(c);
		let_exit(c->p_pid, 0);		/* P may reap it at once */
		if (!new && is_late(pt) == false && signal_action(P, SIGCHLD, NULL, &chld) == 0 &&
		    chld.sa_handler == SIG_DFL)
			(void)wait_for(c->p_pid);
		end();
	}
}

/*
 * FIX-20, NEW-4: sharers of actions see each change at once, whoever makes it: a signal is
 * ignored in both, or in none.
 */
static void
sharers_have_one_table(void **state)
{
	static const uint64_t what[] = { SIG_IGN, SIG_DFL, 0x1000, SIG_IGN, 0x2000, SIG_DFL };
	struct proc *c, *both[2];

	begin();
	assert_int_equal(fork_with(FORK_SHARE_VM | FORK_SHARE_SIGS, NULL, NULL, &c), 0);
	assert_ptr_equal(c->p_acts, P->p_acts);
	both[0] = P;
	both[1] = c;
	for (uint32_t i = 0; i < nitems(what) * 2; i++) {
		struct sigaction_k sa = { .sa_handler = what[i / 2] }, got;
		struct ksiginfo ksi = { .ks_signo = SIGWINCH, .ks_code = SI_USER };

		assert_int_equal(signal_action(both[i % 2], SIGWINCH, &sa, NULL), 0);
		for (int k = 0; k < 2; k++) {
			struct lwp *l = first_lwp(both[k]);

			assert_int_equal(signal_action(both[k], SIGWINCH, NULL, &got), 0);
			assert_int_equal(got.sa_handler, what[i / 2]);
			assert_int_equal(signal_post_proc(both[k], &ksi), 0);
			spin_lock(&both[k]->p_lock);
			assert_int_equal(signal_take_locked(l, ~0ull, &ksi), what[i / 2] > SIG_IGN ?
			    SIGWINCH : 0);
			spin_unlock(&both[k]->p_lock);
			ksi = (struct ksiginfo){ .ks_signo = SIGWINCH, .ks_code = SI_USER };
		}
	}
	/* Reaping of children follows the table in both. */
	change_actions();
	assert_false(waits_for_children(c));
	assert_false(waits_for_children(P));
	proc_drop(c);
	let_exit(c->p_pid, 0);
	end();
}

/*
 * FIX-42: with shared actions P and C meet in one lock: births, deaths, stops and waits of
 * sharers do not deadlock.
 */
static void
sharers_do_not_lock_each_other_out(void **state)
{
	struct ksiginfo stop = { .ks_signo = SIGSTOP, .ks_code = SI_USER },
	    cont = { .ks_signo = SIGCONT, .ks_code = SI_USER };
	struct proc *c, *d;

	begin();
	assert_int_equal(fork_with(FORK_SHARE_VM | FORK_SHARE_SIGS, NULL, NULL, &c), 0);
	become(first_lwp(c));
	assert_int_equal(fork_with(FORK_SHARE_VM | FORK_SHARE_SIGS, NULL, NULL, &d), 0);
	assert_int_equal(signal_post_proc(d, &stop), 0);
	assert_int_equal(signal_post_proc(d, &cont), 0);
	check_quiet();
	proc_drop(d);
	let_exit(d->p_pid, 1);
	check_quiet();
	assert_int_equal(wait_for(d->p_pid).wr_status, 1);
	become(first_lwp(P));
	end_child(c);
	end();
}

/* --- signals --- */

static void
signal_group(void)
{
	struct ksiginfo ksi = { .ks_signo = SIGUSR1, .ks_code = SI_USER };

	signal_post_pgrp(P->p_pgrp, &ksi);
}

static void
signal_everybody(void)
{
	struct lwp *self = curlwp();

	become(first_lwp(init));
	assert_int_equal(signal_kill(curlwp(), -1, SIGUSR1), 0);
	become(self);
}

static void
kill_parent(void)
{
	struct ksiginfo ksi = { .ks_signo = SIGKILL, .ks_code = SI_USER };

	assert_int_equal(signal_post_proc(P, &ksi), 0);
}

/*
 * FIX-31, PUB-2, FIX-33: a signal to the group, or to all, at whichever step: the child has it,
 * or the fork is done again.
 */
static void
no_child_escapes_a_signal(void **state)
{
	void (*const how[])(void) = { signal_group, signal_everybody };
	struct sigaction_k handler = { .sa_handler = 0x1000 };
	uint32_t again = 0, queued = 0;

	for (uint32_t i = 0; i < nitems(how); i++) {
		foreach_step(pt) {
			struct proc *c;
			int error;

			if (is_wait(pt))
				continue;
			begin();
			assert_int_equal(signal_action(P, SIGUSR1, &handler, NULL), 0);
			error = fork_with(0, pt, how[i], &c);
			assert_true((P->p_sig.sp_set & SIGBIT(SIGUSR1)) != 0);
			if (error == 0) {
				assert_true((c->p_sig.sp_set & SIGBIT(SIGUSR1)) != 0);
				queued++;
				end_child(c);
			} else {
				assert_int_equal(error, ERESTARTALWAYS);
				again++;
			}
			check_quiet();
			end();
		}
	}
	assert_true(again >= 20 && queued >= 2);
}

/*
 * FIX-32, ENT-11: a condemned parent: before publication there is no child, after it the child
 * lives on.
 */
static void
the_condemned_have_no_children(void **state)
{
	uint32_t undone = 0;

	foreach_step(pt) {
		struct proc *c;
		pid_t pid;
		int error;

		if (is_wait(pt))
			continue;
		begin();
		error = fork_with(0, pt, kill_parent, &c);
		if (is_late(pt)) {
			assert_int_equal(error, 0);
			assert_false(lwp_dying(first_lwp(c)));
			assert_int_equal(c->p_sig.sp_set, 0);
			end_child(c);
		} else {
			assert_int_equal(error, ERESTARTALWAYS);
			undone++;
		}
		check_quiet();
		pid = P->p_pid;
		become(first_lwp(init));
		let_exit(pid, 0);
		assert_int_equal(wait_for(pid).wr_status, SIGKILL);
	}
	assert_true(undone >= 10);
}

/* --- steps that fail --- */

/*
 * FIX-5, ADM-6, ADM-7, FIX-6, INV-1, INV-3: each step in turn fails; all that was made is taken
 * back, and its error is told.
 */
static void
each_step_fails_without_a_trace(void **state)
{
	static const uint32_t shapes[] = { 0, FORK_SHARE_VM | FORK_SHARE_FILES | FORK_SHARE_SIGS |
	    FORK_SHARE_CWD, FORK_NOWAIT,
	    FORK_HOLD | FORK_SHARE_VM, FORK_HOLD, FORK_CLEAN_FILES };
	uint64_t mark = 0;
	uint32_t steps = 0;

	begin();
	forkstat_fork(P, &mark, 0, NULL);	/* what a first fork makes for good */
	for (uint32_t i = 0; i < nitems(shapes); i++) {
		foreach_step(pt) {
			struct count before = count_all(), now;
			uint64_t bytes = census_number("kmalloc_bytes");
			uint32_t nproc = proc_count(), charged = P->p_charge->uc_nproc;
			int64_t text = stub_text_count;
			struct proc *c;

			if (is_late(pt))
				continue;
			fail_with = -1;
			assert_int_equal(fork_with(shapes[i], pt, NULL, &c), pt->pt_errno);
			fail_with = 0;
			now = count_all();
			assert_same(&before, &now);
			assert_int_equal(census_number("kmalloc_bytes"), bytes);
			assert_int_equal(proc_count(), nproc);
			assert_int_equal(P->p_charge->uc_nproc, charged);
			assert_int_equal(stub_text_count, text);
			assert_null(first_lwp(P)->l_hold);
			check_quiet();
			steps++;
		}
	}
	end();
	assert_true(steps >= 6 * 12);
}

/* --- hooks --- */

static int hook_error[3];

static int
hook_fork(struct proc *child, struct proc *parent, void *arg)
{
	uintptr_t n = (uintptr_t)arg;
	char text[16];

	assert_ptr_equal(parent, P);
	assert_null(proc_find(child->p_pid));		/* before publication */
	assert_non_null(child->p_cred);			/* but whole */
	assert_non_null(child->p_fds);
	assert_non_null(child->p_acts);
	ksnprintf(text, sizeof(text), "hook%u ", (unsigned)n);
	strlcat(trail, text, sizeof(trail));
	return hook_error[n];
}

static void
hook_undo(struct proc *child, struct proc *parent, void *arg)
{
	char text[16];

	ksnprintf(text, sizeof(text), "undo%u ", (unsigned)(uintptr_t)arg);
	strlcat(trail, text, sizeof(trail));
}

/* The personality's own hook. */
static void
abi_fork(struct lwp *child, struct lwp *parent, uint32_t flags)
{
	assert_ptr_equal(parent, first_lwp(P));
	assert_ptr_equal(child, first_lwp(child->l_proc));
	assert_int_equal(flags, FORK_SHARE_VM | FORK_SHARE_CWD);
	assert_null(proc_find(child->l_proc->p_pid));
	strlcat(trail, "abi ", sizeof(trail));
}

/* HOOK-1: before publication, with child, parent and the flags of the call; and once. */
static void
the_personality_has_a_hook(void **state)
{
	static const struct abi_ops abi = { .ab_name = "test", .ab_fork = abi_fork };
	struct proc *c;
	char *at;

	begin();
	P->p_abi = &abi;
	assert_int_equal(fork_with(FORK_SHARE_VM | FORK_SHARE_CWD, NULL, NULL, &c), 0);
	at = strstr(trail, "abi ");
	assert_non_null(at);
	assert_null(strstr(at + 1, "abi "));
	assert_non_null(strstr(at, "proc:::create"));
	P->p_abi = c->p_abi = NULL;
	end_child(c);
	end();
}

/* What follows in the trail from the first hook on. */
static const char *
hooks_trail(void)
{
	char *at = strstr(trail, "hook0");

	return at != NULL ? at : "";
}

static const struct point *
step(const char *name)
{
	for (struct point *pt = __start_points; pt < __stop_points; pt++) {
		if (strcmp(pt->pt_name, name) == 0)
			return pt;
	}
	fail_msg("no point %s", name);
	return NULL;
}

/*
 * HOOK-2, FIX-41, HOOK-4: hooks in the order of registration, before publication; a failure
 * undoes those called, in reverse; the probe fires once C is certain.
 */
static void
hooks_come_in_pairs(void **state)
{
	static struct fork_hook hooks[3];
	struct count before, now;
	struct proc *c;

	begin();
	before = count_all();
	for (uintptr_t i = 0; i < 3; i++) {
		hooks[i] = (struct fork_hook){ .fh_name = "test", .fh_fork = hook_fork,
		    .fh_undo = hook_undo, .fh_arg = (void *)i };
		fork_hook_register(&hooks[i]);
	}
	assert_int_equal(fork_with(0, NULL, NULL, &c), 0);
	assert_string_equal(hooks_trail(),
	    "hook0 hook1 hook2 fork.publish proc:::create fork.start ");
	end_child(c);
	hook_error[1] = EMFILE;
	assert_int_equal(fork_with(0, NULL, NULL, &c), EMFILE);
	assert_string_equal(hooks_trail(), "hook0 hook1 undo0 ");
	hook_error[1] = 0;
	hook_error[2] = ENOMEM;
	assert_int_equal(fork_with(0, NULL, NULL, &c), ENOMEM);
	assert_string_equal(hooks_trail(), "hook0 hook1 hook2 undo1 undo0 ");
	hook_error[2] = 0;
	fail_with = ENOMEM;			/* the last step before publication */
	assert_int_equal(fork_with(0, step("fork.publish"), NULL, &c), ENOMEM);
	fail_with = 0;
	assert_string_equal(hooks_trail(), "hook0 hook1 hook2 fork.publish undo2 undo1 undo0 ");
	assert_int_equal(fork_with(0, step("fork.publish"), kill_parent, &c), ERESTARTALWAYS);
	assert_string_equal(hooks_trail(), "hook0 hook1 hook2 fork.publish undo2 undo1 undo0 ");
	for (int i = 0; i < 3; i++)
		fork_hook_unregister(&hooks[i]);
	now = count_all();
	assert_same(&before, &now);
	pid_t pid = P->p_pid;
	become(first_lwp(init));
	let_exit(pid, 0);
	(void)wait_for(pid);
	check_quiet();
}

/* --- admission --- */

static enum auth_verdict verdict[2];
static uint32_t asked;
static const struct cred *cred_told;
static struct proc *child_told;

static enum auth_verdict
listen(const struct auth_request *aq, void *arg)
{
	asked++;
	return verdict[(uintptr_t)arg];
}

static void
listen_cred(const struct cred *cred, struct proc *child, void *arg)
{
	cred_told = cred;
	child_told = child;
}

static int
ask_fork(const struct cred *cred)
{
	struct ucount *uc;
	int error = admit_fork(curlwp(), cred, &uc);

	if (error == 0)
		admit_undo(uc);
	return error;
}

/*
 * ADM-8, FIX-12, NEW-5: listeners stack, each allows, denies or defers; any deny wins; a policy's
 * refusal is not called a full table.
 */
static void
policies_stack(void **state)
{
	static struct auth_listener one = { .au_name = "one", .au_ask = listen,
	    .au_cred_fork = listen_cred },
	    two = { .au_name = "two", .au_ask = listen, .au_arg = (void *)1 };
	struct cred user = { .cr_refs = { 1 }, .cr_uid = USER, .cr_euid = USER };
	uint32_t nproc = proc_count(), saved = proc_max;
	struct proc *c;

	begin();
	nproc = proc_count();
	auth_register(&one);
	auth_register(&two);
	assert_int_equal(ask_fork(&user), 0);		/* both defer */
	assert_true(asked >= 2);
	verdict[1] = AUTH_DENY;
	host_klog_last[0] = '\0';
	stub_now += 20 * NSEC_PER_SEC;
	assert_int_equal(ask_fork(&user), EAGAIN);
	assert_non_null(strstr(host_klog_last, "two"));
	assert_null(strstr(host_klog_last, "full"));
	assert_int_equal(ask_fork(&cred_kernel), EAGAIN);	/* root as well */
	verdict[0] = AUTH_ALLOW;
	assert_int_equal(ask_fork(&cred_kernel), EAGAIN);	/* deny wins over allow */
	verdict[0] = AUTH_DENY;
	verdict[1] = AUTH_ALLOW;
	assert_int_equal(ask_fork(&cred_kernel), EAGAIN);	/* in either order */
	verdict[0] = AUTH_DEFER;
	proc_max = proc_count() + 3;			/* the default keeps these for root, but
							 * may be overruled */
	assert_int_equal(ask_fork(&user), 0);
	verdict[1] = AUTH_DEFER;
	host_klog_last[0] = '\0';
	stub_now += 20 * NSEC_PER_SEC;
	assert_int_equal(ask_fork(&user), EAGAIN);
	assert_non_null(strstr(host_klog_last, "full"));	/* now it is the limit */
	assert_non_null(strstr(host_klog_last, "kern.maxproc"));
	assert_int_equal(ask_fork(&cred_kernel), 0);
	proc_max = saved;
	assert_int_equal(fork_with(0, NULL, NULL, &c), 0);
	assert_ptr_equal(child_told, c);
	assert_ptr_equal(cred_told, c->p_cred);
	end_child(c);
	auth_unregister(&one);
	auth_unregister(&two);
	asked = 0;
	assert_int_equal(ask_fork(&user), 0);
	assert_int_equal(asked, 0);
	assert_int_equal(proc_count(), nproc);
	end();
}

static struct ucount *beside;
static int beside_error;

/*
 * While a user's question is being asked, root takes the last place but one: it must not see the
 * asker's.
 */
static enum auth_verdict
root_beside(const struct auth_request *aq, void *arg)
{
	struct held_ranks held = *lwp_held_ranks(curlwp());
	bool first = arg == NULL && beside == NULL && !cred_is_root(aq->aq_cred);

	if (!first || aq->aq_action != AUTH_FORK)
		return AUTH_DEFER;
	lwp_held_ranks(curlwp())->h_n = 0;	/* it is another LWP's */
	beside_error = admit_fork(first_lwp(init), &cred_kernel, &beside);
	*lwp_held_ranks(curlwp()) = held;
	return AUTH_DEFER;
}

/*
 * FIX-9, ADM-9: a refusal under way takes no place, not for a moment, from one who is entitled to
 * it.
 */
static void
refusals_take_no_place(void **state)
{
	static struct auth_listener au = { .au_name = "beside", .au_ask = root_beside };
	struct cred user = { .cr_refs = { 1 }, .cr_uid = USER, .cr_euid = USER };
	uint32_t saved = proc_max, start = proc_count();
	struct ucount *uc;

	proc_max = start + 2;		/* one place, and it is root's */
	auth_register(&au);
	assert_int_equal(admit_fork(curlwp(), &user, &uc), EAGAIN);
	auth_unregister(&au);
	assert_int_equal(beside_error, 0);
	assert_non_null(beside);
	assert_int_equal(proc_count(), start + 1);
	admit_undo(beside);
	beside = NULL;
	proc_max = saved;
	check_quiet();
}

static struct ucount *reaped;

/* While X is asked about, a child of the user is reaped and Y adds: the place is Y's. */
static enum auth_verdict
user_beside(const struct auth_request *aq, void *arg)
{
	struct held_ranks held = *lwp_held_ranks(curlwp());

	if (aq->aq_action != AUTH_NPROC || reaped == NULL)
		return AUTH_DEFER;
	lwp_held_ranks(curlwp())->h_n = 0;
	admit_undo(reaped);
	reaped = NULL;
	beside_error = admit_fork(curlwp(), aq->aq_cred, &beside);
	*lwp_held_ranks(curlwp()) = held;
	return AUTH_DEFER;
}

/* FIX-9, ADM-4, ADM-9: the same in the count of a user. */
static void
refusals_take_no_place_of_a_user(void **state)
{
	static struct auth_listener au = { .au_name = "beside", .au_ask = user_beside };
	struct cred user = { .cr_refs = { 1 }, .cr_uid = USER, .cr_euid = USER };
	struct rlimit_k two = { 2, 2 };
	struct ucount *first, *uc;

	begin();
	assert_int_equal(proc_limit_set(P, RLIMIT_NPROC, &two), 0);
	assert_int_equal(admit_fork(curlwp(), &user, &first), 0);
	assert_int_equal(admit_fork(curlwp(), &user, &reaped), 0);
	assert_int_equal(admit_fork(curlwp(), &user, &uc), EAGAIN);	/* the limit is the limit */
	auth_register(&au);
	beside_error = -1;
	assert_int_equal(admit_fork(curlwp(), &user, &uc), EAGAIN);
	auth_unregister(&au);
	assert_int_equal(beside_error, 0);
	assert_int_equal(first->uc_nproc, 2);
	admit_undo(beside);
	admit_undo(first);
	beside = NULL;
	end();
}

static struct auth_request about;
static uint32_t nabout;

static enum auth_verdict
ask_about(const struct auth_request *aq, void *arg)
{
	if (aq->aq_action != AUTH_NPROC)
		return AUTH_DEFER;
	about = *aq;
	nabout++;
	return *(enum auth_verdict *)arg;
}

/*
 * ADM-4: who goes beyond the soft limit is asked about, with the limits and which of them it is;
 * within it, or without one, nobody is asked; whoever is let is let.
 */
static void
the_limit_of_a_user_is_asked_about(void **state)
{
	static enum auth_verdict say = AUTH_DEFER;
	static struct auth_listener au = { .au_name = "about", .au_ask = ask_about,
	    .au_arg = &say };
	struct cred user = { .cr_refs = { 1 }, .cr_uid = USER, .cr_euid = USER };
	struct rlimit_k soft = { 2, 5 }, none = { RLIM_INFINITY, RLIM_INFINITY };
	struct ucount *uc[4];

	begin();
	assert_int_equal(proc_limit_set(P, RLIMIT_NPROC, &soft), 0);
	auth_register(&au);
	for (int i = 0; i < 2; i++)
		assert_int_equal(admit_fork(curlwp(), &user, &uc[i]), 0);
	assert_int_equal(nabout, 0);
	assert_int_equal(admit_fork(curlwp(), &user, &uc[2]), EAGAIN);
	assert_int_equal(nabout, 1);
	assert_ptr_equal(about.aq_limits, P->p_limits);
	assert_int_equal(about.aq_which, RLIMIT_NPROC);
	assert_int_equal(about.aq_count, 3);
	assert_ptr_equal(about.aq_cred, &user);
	assert_ptr_equal(about.aq_proc, P);
	say = AUTH_ALLOW;
	assert_int_equal(admit_fork(curlwp(), &user, &uc[2]), 0);
	say = AUTH_DENY;
	assert_int_equal(proc_limit_set(P, RLIMIT_NPROC, &none), 0);
	nabout = 0;
	assert_int_equal(admit_fork(curlwp(), &user, &uc[3]), 0);
	assert_int_equal(nabout, 0);
	auth_unregister(&au);
	for (int i = 0; i < 4; i++)
		admit_undo(uc[i]);
	end();
}

/*
 * FIX-13, ADM-3: at most one line in ten seconds, however many fail; the next one tells how many
 * were left out.
 */
static void
a_full_table_is_told_seldom(void **state)
{
	struct cred user = { .cr_refs = { 1 }, .cr_uid = USER, .cr_euid = USER };
	uint32_t saved = proc_max, lines, failures = 0;
	uint64_t start;

	proc_max = proc_count();
	stub_now += 20 * NSEC_PER_SEC;
	(void)ask_fork(&user);
	lines = host_klog_lines;
	start = stub_now;
	while (stub_now < start + 35 * NSEC_PER_SEC) {
		assert_int_equal(ask_fork(&user), EAGAIN);
		failures++;
		stub_now += NSEC_PER_SEC / 100;
	}
	assert_true(host_klog_lines - lines <= 4 && host_klog_lines - lines >= 3);
	assert_true(failures > 3000);
	(void)ask_fork(&user);
	stub_now += 20 * NSEC_PER_SEC;
	host_klog_last[0] = '\0';
	for (int i = 0; i < 3; i++)
		(void)ask_fork(&user);
	stub_now += 20 * NSEC_PER_SEC;
	(void)ask_fork(&user);
	assert_non_null(strstr(host_klog_last, "2 more"));
	proc_max = saved;
	check_quiet();
}

/* FIX-15: running out of memory is told under the same kind of limit, in words of its own. */
static void
no_memory_is_told_too(void **state)
{
	uint32_t lines;
	struct proc *c;

	begin();
	stub_now += 20 * NSEC_PER_SEC;
	host_klog_last[0] = '\0';
	fail_with = -1;
	assert_int_equal(fork_with(0, step("fork.body"), NULL, &c), ENOMEM);
	assert_non_null(strstr(host_klog_last, "memory"));
	assert_null(strstr(host_klog_last, "full"));
	lines = host_klog_lines;
	for (int i = 0; i < 50; i++)
		assert_int_equal(fork_with(0, step("fork.body"), NULL, &c), ENOMEM);
	fail_with = 0;
	assert_int_equal(host_klog_lines, lines);
	end();
}

/* --- kernel processes --- */

static void
kernel_main(void *arg)
{
}

/*
 * FIX-30, ENT-7, ENT-9, LWP-2, INV-2: a kernel process has nothing of the user who happened to
 * start it.
 */
static void
kernel_processes_are_the_kernels(void **state)
{
	struct sigaction_k handler = { .sa_handler = 0x1000 }, got;
	struct fork_args args = { .fa_flags = FORK_SYSTEM, .fa_start = kernel_main,
	    .fa_name = "worker" };
	struct ksiginfo ksi = { .ks_signo = SIGKILL, .ks_code = SI_USER };
	struct rlimit_k small = { 5, 5 };
	struct fork_result res;
	struct proc *k;

	begin();
	become_user();
	assert_int_equal(proc_limit_set(P, RLIMIT_NOFILE, &small), 0);
	assert_int_equal(signal_action(P, SIGUSR1, &handler, NULL), 0);
	first_lwp(P)->l_sigmask = SIGBIT(SIGUSR2);
	assert_int_equal(fork1(curlwp(), &args, &res), 0);
	k = proc_find(res.fr_pid);
	assert_true((k->p_flags & PF_KERNEL) != 0);
	assert_null(k->p_space);
	assert_null(k->p_fds);
	assert_null(k->p_exe);
	assert_int_equal(k->p_cred->cr_uid, 0);
	assert_int_equal(k->p_cred->cr_euid, 0);
	assert_int_equal(k->p_charge->uc_uid, 0);
	assert_true(k->p_cwd != P->p_cwd);
	assert_true(proc_limit(k, RLIMIT_NOFILE) > 5);
	assert_int_equal(signal_action(k, SIGUSR1, NULL, &got), 0);
	assert_int_equal(got.sa_handler, SIG_DFL);
	assert_int_equal(first_lwp(k)->l_sigmask & SIGBIT(SIGUSR2), 0);
	assert_int_equal(proc_ppid(k), 1);
	assert_string_equal(k->p_comm, "worker");
	assert_ptr_equal(first_lwp(k)->l_start, kernel_main);
	assert_ptr_equal(first_lwp(k)->l_start_arg, first_lwp(k));	/* a null argument */
	/* Nobody signals it, root neither. */
	assert_int_equal(signal_kill(curlwp(), k->p_pid, SIGTERM), EPERM);
	(void)signal_post_proc(k, &ksi);
	assert_false(lwp_dying(first_lwp(k)));
	become(first_lwp(init));
	(void)signal_kill(curlwp(), k->p_pid, SIGKILL);
	assert_false(lwp_dying(first_lwp(k)));
	check_quiet();
	/* It goes without anyone waiting. */
	proc_drop(k);
	let_exit(res.fr_pid, 0);
	assert_null(proc_find(res.fr_pid));
	become(first_lwp(P));
	end();
}

/* --- what is the parent's, and what is not --- */

/*
 * NEW-3, NEW-7, NEW-12, NEW-13, NEW-18, NEW-21, NEW-23, NEW-26, NEW-27, NEW-28, PUB-5: a parent
 * with everything set.
 */
static void
the_child_gets_what_is_listed(void **state)
{
	static const struct abi_ops abi = { .ab_name = "test" };
	struct ksiginfo ksi = { .ks_signo = SIGUSR1, .ks_code = SI_USER };
	struct sigaction_k handler = { .sa_handler = 0x1000 };
	struct proc *c, *before;
	int64_t text;
	struct lwp *l;

	begin();
	assert_non_null(P->p_exe);
	assert_int_equal(signal_action(P, SIGUSR1, &handler, NULL), 0);
	assert_int_equal(fork_with(0, NULL, NULL, &before), 0);
	assert_int_equal(signal_post_proc(P, &ksi), 0);
	assert_int_equal(signal_post_lwp(first_lwp(P), &ksi), 0);
	P->p_abi = &abi;
	first_lwp(P)->l_robust_list = 0x7f002000;
	P->p_acct = PACCT_SU | PACCT_CORE | PACCT_XSIG;
	P->p_exit_code = 77;
	P->p_exit_core = true;
	P->p_stop_signo = SIGTTOU;
	P->p_stop_unwaited = P->p_cont_unwaited = true;
	P->p_stop_gen = 9;
	P->p_pdeathsig = SIGUSR2;
	P->p_exec_gen = 12;
	P->p_hardening = 0xabc;
	P->p_psstrings = 0x7f001000;
	P->p_oom_adj = 300;
	P->p_flags |= PF_EXECED | PF_SUGID | PF_NODUMP | PF_REAPER | PF_NOTTY | PF_STOPEXEC |
	    PF_STOPEXIT;
	strlcpy(P->p_comm, "parent", sizeof(P->p_comm));
	text = stub_text_count;
	assert_int_equal(fork_with(0, NULL, NULL, &c), 0);
	l = first_lwp(c);
	assert_ptr_equal(c->p_abi, &abi);
	assert_ptr_equal(c->p_exe, init->p_exe);
	assert_int_equal(stub_text_count, text + 1);	/* a reference of its own, also against
							 * writers */
	assert_string_equal(c->p_comm, "parent");
	assert_int_equal(c->p_hardening, 0xabc);
	assert_int_equal(c->p_psstrings, 0x7f001000);
	assert_int_equal(c->p_oom_adj, 300);
	assert_int_equal(c->p_acct, PACCT_FORK);
	/* NEW-2, NEW-17, and NEW-20's terminal */
	assert_int_equal(c->p_flags, PF_SUGID | PF_NODUMP | PF_NOTTY | PF_STOPEXEC | PF_STOPEXIT);
	assert_ptr_equal(c->p_parent, P);
	assert_true(list_empty(&c->p_children));
	assert_int_equal(c->p_sig.sp_set, 0);
	assert_int_equal(l->l_sigpend.sp_set, 0);
	assert_int_equal(l->l_attn & LATTN_INTERRUPTS, 0);
	assert_int_equal(c->p_nlwps, 1);
	assert_int_equal(c->p_exit_code, 0);
	assert_int_equal(c->p_exit_signo, 0);
	assert_false(c->p_exit_core);
	assert_int_equal(c->p_stop_signo, 0);
	assert_false(c->p_stop_unwaited);
	assert_false(c->p_cont_unwaited);
	assert_int_equal(c->p_nstopped, 0);
	assert_int_equal(c->p_pdeathsig, 0);
	assert_int_equal(c->p_parent_exec_gen, 12);
	assert_null(l->l_hold);
	assert_null(c->p_hold);
	assert_int_equal(l->l_robust_list, 0);		/* NEW-24 */
	assert_int_equal(c->p_ru.ru_utime_ns + c->p_ru.ru_stime_ns + c->p_ru_children.ru_utime_ns,
	    0);
	for (int i = 0; i < ITIMER_COUNT; i++)
		assert_int_equal(c->p_itimers[i].it_value_ns, 0);
	/* First in the parent's list and in that of all, right after the parent in the group. */
	assert_ptr_equal(list_first(&P->p_children, struct proc, p_sibling), c);
	assert_ptr_equal(list_first(&proc_all, struct proc, p_all_link), c);
	assert_ptr_equal(list_entry(P->p_pgrp_link.next, struct proc, p_pgrp_link), c);
	assert_true(c->p_start_ns > before->p_start_ns);
	check_quiet();
	P->p_abi = NULL;
	c->p_abi = NULL;
	P->p_flags &= ~PF_STOPEXIT;
	c->p_flags &= ~PF_STOPEXIT;
	end_child(c);
	end_child(before);
	end();
}

/* NEW-8, ENT-7: sharing wins over clean, clean over a copy. */
static void
files_are_shared_none_or_a_copy(void **state)
{
	static const uint32_t shared[] = { FORK_SHARE_FILES, FORK_SHARE_FILES | FORK_CLEAN_FILES };
	struct proc *c;

	begin();
	assert_int_equal(fd_table_count(P->p_fds), 40);
	for (uint32_t i = 0; i < nitems(shared); i++) {
		assert_int_equal(fork_with(shared[i], NULL, NULL, &c), 0);
		assert_ptr_equal(c->p_fds, P->p_fds);
		end_child(c);
	}
	assert_int_equal(fork_with(FORK_CLEAN_FILES, NULL, NULL, &c), 0);
	assert_int_equal(fd_table_count(c->p_fds), 0);
	end_child(c);
	assert_int_equal(fork_with(0, NULL, NULL, &c), 0);
	assert_ptr_not_equal(c->p_fds, P->p_fds);
	assert_int_equal(fd_table_count(c->p_fds), 40);
	end_child(c);
	assert_int_equal(fd_table_count(P->p_fds), 40);
	end();
}

/* FIX-22: nothing of the slot's former owner is left in a new process. */
static void
a_slot_is_born_clean(void **state)
{
	struct proc *former, *c;
	void *slot;

	begin();
	assert_int_equal(fork_with(0, NULL, NULL, &former), 0);
	slot = proc_hold(former);
	end_child(former);
	/* It is dead, and we have the last hold. */
	former->p_stop_signo = SIGTTOU;
	former->p_exit_code = 55;
	former->p_exit_signo = SIGTERM;
	former->p_exit_core = former->p_stop_unwaited = former->p_cont_unwaited = true;
	former->p_nstopped = 3;
	former->p_acct = 0xff;
	former->p_pdeathsig = SIGHUP;
	former->p_flags = ~0u & ~(PF_KERNEL);
	former->p_exec_gen = 5;
	former->p_nlent = 4;
	memset(former->p_comm, 'x', sizeof(former->p_comm) - 1);
	former->p_hardening = 0xffff;
	former->p_psstrings = 0xffff;
	former->p_oom_adj = 99;
	former->p_watch = ~0ull;
	former->p_sig.sp_set = ~0ull;
	proc_drop(former);
	assert_int_equal(fork_with(0, NULL, NULL, &c), 0);
	assert_ptr_equal(c, slot);
	assert_int_equal(c->p_stop_signo, 0);
	assert_int_equal(c->p_exit_code, 0);
	assert_int_equal(c->p_exit_signo, 0);
	assert_false(c->p_exit_core || c->p_stop_unwaited || c->p_cont_unwaited);
	assert_int_equal(c->p_nstopped, 0);
	assert_int_equal(c->p_acct, PACCT_FORK);
	assert_int_equal(c->p_pdeathsig, 0);
	assert_int_equal(c->p_flags, 0);
	assert_int_equal(c->p_exec_gen, 0);
	assert_int_equal(c->p_nlent, 0);
	assert_string_equal(c->p_comm, P->p_comm);
	assert_int_equal(c->p_hardening, 0);
	assert_int_equal(c->p_psstrings, 0);
	assert_int_equal(c->p_oom_adj, 0);
	assert_int_equal(c->p_watch, 0);
	assert_int_equal(c->p_sig.sp_set, 0);
	end_child(c);
	end();
}

/* A structure in which one field after the other is spoilt: each is noticed, by its name. */
static void
spoil_each(void *obj, const struct field *f, size_t n, uint32_t seen[4])
{
	uint8_t saved[1024];

	assert_null(fields_wrong(obj, f, n));
	for (size_t i = 0; i < n; i++) {
		uint8_t *at = (uint8_t *)obj + f[i].f_offset;

		seen[f[i].f_class]++;
		assert_true(f[i].f_size <= sizeof(saved));
		memcpy(saved, at, f[i].f_size);
		if (f[i].f_class == FIELD_ZERO)
			at[f[i].f_size - 1] = 1;
		else
			memset(at, FIELD_POISON, f[i].f_size);
		assert_string_equal(fields_wrong(obj, f, n), f[i].f_name);
		memcpy(at, saved, f[i].f_size);
	}
	assert_null(fields_wrong(obj, f, n));
}

/*
 * FIX-22: each field of a new process and its LWP is in a list that says where its value comes
 * from; one that nobody set, or that should be zero and is not, is found at publication.
 */
static void
each_field_is_in_a_list(void **state)
{
	uint32_t seen[4] = { 0 };
	struct proc *c, copy;

	begin();
	assert_int_equal(fork_with(0, NULL, NULL, &c), 0);
	spoil_each(c, proc_fields, proc_nfields, seen);
	spoil_each(first_lwp(c), lwp_fields, lwp_nfields, seen);
	assert_true(seen[FIELD_ZERO] > 20 && seen[FIELD_COPY] > 4 && seen[FIELD_GIVEN] > 20 &&
	    seen[FIELD_FRESH] > 20);
	end_child(c);
	/* What a constructor gets: pattern, but for what starts as zero. */
	fields_begin(&copy, sizeof(copy), proc_fields, proc_nfields);
	assert_null(copy.p_space);
	assert_int_equal(copy.p_exit_code, 0);
	assert_int_equal((uint8_t)copy.p_oom_adj, FIELD_POISON);
	assert_string_equal(fields_wrong(&copy, proc_fields, proc_nfields), "p_pid");
	end();
}

/* --- start --- */

static struct wait_result
wait_stopped(void)
{
	struct wait_req wq = { .wq_idtype = WAIT_ALL, .wq_flags = WAIT_STOPPED | WAIT_EXITED |
	    WAIT_NOHANG };
	struct wait_result wr = { 0 };

	(void)proc_wait(curlwp(), &wq, &wr);
	return wr;
}

/*
 * RUN-1, FIX-36, FIX-37, INV-5, INV-7, NEW-17: a start-stopped child is on no run queue, and is
 * reported to whoever waits for it, once.
 */
static void
a_child_may_start_stopped(void **state)
{
	struct ksiginfo cont = { .ks_signo = SIGCONT, .ks_code = SI_USER };
	struct sigaction_k handler = { .sa_handler = 0x1000 };
	struct proc *c, *plain;

	begin();
	assert_int_equal(signal_action(P, SIGCHLD, &handler, NULL), 0);
	proc_stop_on(P, PF_STOPFORK, true);
	assert_int_equal(fork_with(0, NULL, NULL, &c), 0);
	assert_int_equal(c->p_state, PROC_STOPPED);
	assert_int_equal(c->p_stop_signo, SIGSTOP);
	assert_int_equal(sched_state_of(first_lwp(c)), SCHED_STOPPED);
	assert_true((c->p_flags & PF_STOPFORK) != 0);		/* inherited */
	assert_true((P->p_sig.sp_set & SIGBIT(SIGCHLD)) != 0);
	/* A running child is newer: it must not hide the stopped one. */
	proc_stop_on(P, PF_STOPFORK, false);
	assert_int_equal(fork_with(0, NULL, NULL, &plain), 0);
	assert_int_equal(sched_state_of(first_lwp(plain)), SCHED_RUNNABLE);
	assert_int_equal(wait_stopped().wr_pid, c->p_pid);
	assert_int_equal(wait_stopped().wr_pid, 0);		/* once */
	assert_int_equal(signal_post_proc(c, &cont), 0);
	assert_int_equal(c->p_state, PROC_ACTIVE);
	check_quiet();
	end_child(plain);
	end_child(c);
	/* With no-SIGCHLD-on-stop there is none, but the waiters are told. */
	handler.sa_flags = SA_NOCLDSTOP;
	assert_int_equal(signal_action(P, SIGCHLD, &handler, NULL), 0);
	struct ksiginfo drop;
	spin_lock(&P->p_lock);
	while (signal_take_locked(first_lwp(P), ~0ull, &drop) != 0)
		continue;
	spin_unlock(&P->p_lock);
	proc_stop_on(P, PF_STOPFORK, true);
	assert_int_equal(fork_with(0, NULL, NULL, &c), 0);
	assert_int_equal(P->p_sig.sp_set & SIGBIT(SIGCHLD), 0);
	assert_int_equal(wait_stopped().wr_pid, c->p_pid);
	assert_int_equal(signal_post_proc(c, &cont), 0);
	end_child(c);
	/* Init waits for those that are born to it: they are none of P's. */
	assert_int_equal(fork_with(FORK_NOWAIT, NULL, NULL, &c), 0);
	assert_int_equal(wait_stopped().wr_pid, 0);
	become(first_lwp(init));
	assert_int_equal(wait_stopped().wr_pid, c->p_pid);
	assert_int_equal(signal_post_proc(c, &cont), 0);
	end_child(c);
	become(first_lwp(P));
	end();
}

/* --- holding --- */

static pid_t held_child;
static struct proc *held_slot;

/* The child ends, is reaped, and its slot has a new owner: all before the caller begins to wait. */
static void
child_comes_and_goes(void)
{
	struct proc *c = list_first(&P->p_children, struct proc, p_sibling), *next;
	struct fork_args args = { .fa_exit_signal = SIGCHLD };
	struct fork_result res;

	held_child = c->p_pid;
	held_slot = c;
	let_exit(c->p_pid, 7);
	assert_int_equal(wait_for(held_child).wr_status, 7);
	assert_int_equal(fork1(curlwp(), &args, &res), 0);
	next = proc_find(res.fr_pid);
	assert_ptr_equal(next, held_slot);		/* the slot is the next one's */
	proc_drop(next);
	held_child = res.fr_pid;
}

/*
 * FIX-2, HOLD-2: A touches nothing of C once C can run: C is reaped, and its slot another's,
 * before A waits.
 */
static void
the_holder_does_not_look_at_the_child(void **state)
{
	uint64_t holds = census_live("fork_hold");
	struct proc *c;

	begin();
	assert_int_equal(fork_with(FORK_HOLD | FORK_SHARE_VM, step("fork.wait"),
	    child_comes_and_goes, &c), 0);
	assert_null(c);
	assert_int_equal(P->p_nlent, 0);
	let_exit(held_child, 0);
	(void)wait_for(held_child);
	/* Without any wait: the death of C is taken note of by nobody. */
	struct sigaction_k ignore = { .sa_handler = SIG_IGN };
	assert_int_equal(signal_action(P, SIGCHLD, &ignore, NULL), 0);
	assert_int_equal(fork_with(FORK_HOLD, NULL, NULL, &c), 0);
	assert_null(c);
	assert_int_equal(census_live("fork_hold"), holds);
	end();
}

/* FIX-3, HOLD-6: the release goes to the LWP that waits, whoever the parent of C is. */
static void
the_release_finds_the_holder(void **state)
{
	static const uint32_t shapes[] = { FORK_HOLD | FORK_NOWAIT, FORK_HOLD | FORK_SIBLING,
	    FORK_HOLD | FORK_SHARE_VM | FORK_NOWAIT };
	struct proc *c;

	for (uint32_t i = 0; i < nitems(shapes); i++) {
		struct wait_req wq = { .wq_idtype = WAIT_ALL, .wq_flags = WAIT_EXITED };
		struct wait_result wr;

		begin();
		/* would sleep for ever, and panic, if not released */
		assert_int_equal(fork_with(shapes[i], NULL, NULL, &c), 0);
		assert_int_equal(proc_wait(curlwp(), &wq, &wr), ECHILD);	/* NEW-12 */
		assert_int_equal(c->p_state, PROC_ZOMBIE);
		become(first_lwp(init));
		assert_int_equal(wait_for(c->p_pid).wr_pid, c->p_pid);
		proc_drop(c);
		become(first_lwp(P));
		end();
	}
}

/* FIX-7: a hold is of one call: after it the caller's next fork holds nobody. */
static void
a_hold_is_of_one_call(void **state)
{
	struct proc *c;

	begin();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fork_with(FORK_HOLD | FORK_SHARE_VM, NULL, NULL, &c), 0);
		assert_null(first_lwp(P)->l_hold);
		(void)wait_for(c->p_pid);
		proc_drop(c);
		assert_int_equal(fork_with(0, NULL, NULL, &c), 0);
		assert_null(strstr(trail, "fork.wait"));
		assert_null(c->p_hold);
		assert_null(first_lwp(c)->l_hold);
		end_child(c);
	}
	end();
}

/*
 * FIX-28, NEW-16: the alternate stack is copied, but not to one that runs beside the caller on
 * the same memory.
 */
static void
alternate_stacks_are_not_shared(void **state)
{
	static const struct { uint32_t flags; bool copied; } rows[] = {
		{ 0, true }, { FORK_SHARE_VM, false }, { FORK_SHARE_VM | FORK_SHARE_SIGS, false },
		    { FORK_SHARE_FILES, true },
	};

	for (uint32_t i = 0; i < nitems(rows); i++) {
		struct proc *c;

		begin();
		first_lwp(P)->l_altstack = (struct sigaltstack_k){ .ss_sp = 0x5000,
		    .ss_size = 8192 };
		first_lwp(P)->l_sigmask = SIGBIT(SIGUSR2);
		assert_int_equal(fork_with(rows[i].flags, NULL, NULL, &c), 0);
		assert_int_equal(first_lwp(c)->l_altstack.ss_size, rows[i].copied ? 8192 : 0);
		assert_int_equal(first_lwp(c)->l_sigmask, SIGBIT(SIGUSR2));
		end_child(c);
		end();
	}
}

/* --- publication --- */

static struct proc *seen;

static void
look_for_it(void)
{
	seen = list_first(&P->p_children, struct proc, p_sibling);
}

/*
 * PUB-4, FIX-33, PUB-1: before publication nobody can find the child; after it all but its run
 * state is final.
 */
static void
the_child_is_seen_whole_or_not(void **state)
{
	foreach_step(pt) {
		struct proc *c;
		uint32_t all = 0;

		if (is_wait(pt))
			continue;
		begin();
		seen = NULL;
		assert_int_equal(fork_with(0, pt, look_for_it, &c), 0);
		if (is_late(pt)) {
			assert_ptr_equal(seen, c);
			assert_ptr_equal(proc_find(c->p_pid), c);
			proc_drop(c);
		} else {
			assert_null(seen);
		}
		spin_lock(&proc_tree_lock);
		list_foreach(p, &proc_all, struct proc, p_all_link)
			all += p == c;
		spin_unlock(&proc_tree_lock);
		assert_int_equal(all, 1);
		end_child(c);
		end();
	}
}

static uint64_t time_at_point;

static void
time_passes(void)
{
	stub_now += 3600 * NSEC_PER_SEC;
	time_at_point = stub_now;
}

/*
 * FIX-59, FIX-39, NEW-22: the start time is that of publication, however long the copy took, and
 * it is unique.
 */
static void
the_start_time_is_that_of_publication(void **state)
{
	uint64_t last = 0;

	foreach_step(pt) {
		struct proc *c, *d;

		if (is_late(pt))
			continue;
		begin();
		assert_int_equal(fork_with(0, pt, time_passes, &c), 0);
		assert_true(c->p_start_ns >= time_at_point);
		assert_true(c->p_start_ns > last);
		stub_now -= 10;		/* a clock that stands still, or worse */
		assert_int_equal(fork_with(0, NULL, NULL, &d), 0);
		assert_true(d->p_start_ns > c->p_start_ns);
		last = d->p_start_ns;
		end_child(c);
		end_child(d);
		end();
	}
}

/*
 * HOOK-3, FIX-40: forks, forks that held the parent, forks that shared memory; exact at quiet
 * moments; failures do not count.
 */
static void
forks_are_counted(void **state)
{
	struct fork_counts a, b;
	struct proc *c;

	begin();
	proc_fork_counts(&a);
	assert_int_equal(fork_with(0, NULL, NULL, &c), 0);
	end_child(c);
	assert_int_equal(fork_with(FORK_SHARE_VM, NULL, NULL, &c), 0);
	end_child(c);
	assert_int_equal(fork_with(FORK_HOLD, NULL, NULL, &c), 0);
	(void)wait_for(c->p_pid);
	proc_drop(c);
	assert_int_equal(fork_with(FORK_HOLD | FORK_SHARE_VM, NULL, NULL, &c), 0);
	(void)wait_for(c->p_pid);
	proc_drop(c);
	fail_with = ENOMEM;
	assert_int_equal(fork_with(FORK_HOLD | FORK_SHARE_VM, step("fork.publish"), NULL, &c),
	    ENOMEM);
	fail_with = 0;
	proc_fork_counts(&b);
	assert_int_equal(b.fc_forks - a.fc_forks, 4);
	assert_int_equal(b.fc_holding - a.fc_holding, 2);
	assert_int_equal(b.fc_sharing - a.fc_sharing, 2);
	end();
}

/* ENT-8: a call with no place for the ids is legal. */
static void
nobody_need_ask_for_the_pid(void **state)
{
	struct fork_args args = { .fa_exit_signal = SIGCHLD };
	pid_t pid;

	begin();
	assert_int_equal(fork1(curlwp(), &args, NULL), 0);
	pid = list_first(&P->p_children, struct proc, p_sibling)->p_pid;
	let_exit(pid, 0);
	(void)wait_for(pid);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(credentials_are_of_one_instant),
		cmocka_unit_test(no_loan_across_a_change_of_credential),
		cmocka_unit_test(limits_are_of_one_instant),
		cmocka_unit_test(the_group_is_that_of_publication),
		cmocka_unit_test(actions_are_of_one_instant),
		cmocka_unit_test(sharers_have_one_table),
		cmocka_unit_test(sharers_do_not_lock_each_other_out),
		cmocka_unit_test(no_child_escapes_a_signal),
		cmocka_unit_test(the_condemned_have_no_children),
		cmocka_unit_test(each_step_fails_without_a_trace),
		cmocka_unit_test(the_personality_has_a_hook),
		cmocka_unit_test(hooks_come_in_pairs),
		cmocka_unit_test(policies_stack),
		cmocka_unit_test(refusals_take_no_place),
		cmocka_unit_test(refusals_take_no_place_of_a_user),
		cmocka_unit_test(the_limit_of_a_user_is_asked_about),
		cmocka_unit_test(a_full_table_is_told_seldom),
		cmocka_unit_test(no_memory_is_told_too),
		cmocka_unit_test(kernel_processes_are_the_kernels),
		cmocka_unit_test(the_child_gets_what_is_listed),
		cmocka_unit_test(files_are_shared_none_or_a_copy),
		cmocka_unit_test(a_slot_is_born_clean),
		cmocka_unit_test(each_field_is_in_a_list),
		cmocka_unit_test(a_child_may_start_stopped),
		cmocka_unit_test(the_holder_does_not_look_at_the_child),
		cmocka_unit_test(the_release_finds_the_holder),
		cmocka_unit_test(a_hold_is_of_one_call),
		cmocka_unit_test(alternate_stacks_are_not_shared),
		cmocka_unit_test(the_child_is_seen_whole_or_not),
		cmocka_unit_test(the_start_time_is_that_of_publication),
		cmocka_unit_test(forks_are_counted),
		cmocka_unit_test(nobody_need_ask_for_the_pid),
	};

	return cmocka_run_group_tests_name("fork among others", tests, setup, teardown);
}
