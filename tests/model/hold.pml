/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The holding of vfork (kernel/proc/hold.c), for Spin.
 *
 * Process P has the LWPs A, which vforks C and is held, and B, which reaps C, execs, both or
 * neither. With NESTED C may vfork D, and is held then itself. Up to EVENTS things happen besides:
 * SIGKILL of P, SIGKILL of C, exec by B, and (not with NESTED: too many states for a test) a stop
 * of P and its end. init draws which; Spin tries all that can be drawn, and every moment.
 *
 * A lock that is held over several steps is a variable (LOCK). A critical section of which others
 * see nothing half done is one atomic step; a run queue's lock is never held for longer than that.
 * Loads without a lock are steps of their own.
 *
 * A program may wait for something that only the other side of the holding brings (C reads a pipe
 * whose writer is P: FIX-4 of docs/spec.md), but only in runs where that is to come. So a death or
 * a stop that does not reach a held LWP is a deadlock here.
 *
 * MUT_* break a step; model.t checks that Spin notices each of them.
 */
#define A 0		/* LWPs; A is also the number of P, and so on */
#define C 1
#define D 2
#define B 3
#define P 0

#define RUN 0		/* s_state */
#define SLEEPING 1
#define STOPPED 2

/* struct fork_hold: 0 is A's, 1 is C's. Its only waiter is the LWP of the same number. */
bool fh_lock[2], fh_released[2], fh_freed[2], cv_lock[2], queued[2], woken[2];
byte fh_refs[2];

/* struct proc */
bool p_lock[3], p_exiting[3], p_zombie[3], p_freed[3], p_reaped[3];
byte p_hold[3], p_refs[3];		/* p_hold: the number of the hold + 1 */
bool p_stopping, p_gen, p_stopsig;	/* P's alone; p_stopsig: a stopping signal is pending */
byte p_nlwps = 2;

/* struct lwp */
bool l_die[4], l_stop, l_stopsig, l_gone[4], interruptible[4];
byte s_state[4];

byte vs_refs;				/* P's address space: P, and C and D till they exec or end */
bool held[2], a_user, stop_seen;
bool will_kill, will_kill_c, will_stop, by_signal, will_reap, will_exec, ignores;

#define LOCK(x)		atomic { !x -> x = 1 }
#define ALIVE(h)	assert(!fh_freed[h])
#define USES_SPACE	assert(vs_refs > 0)

/* Run queue's lock: unpark, sched_unstop, sched_signal_wakeup (sched/sleep.c). */
#define WAKE(l, from)	d_step { if :: s_state[l] == from -> s_state[l] = RUN :: else fi }
#define SIGNAL(l) d_step { \
	if :: s_state[l] == SLEEPING && interruptible[l] -> s_state[l] = RUN :: else fi }

/* fork_hold_drop */
inline hold_drop(h)
{
	atomic {
		ALIVE(h);
		assert(fh_refs[h] > 0);
		fh_refs[h]--;
		fh_freed[h] = (fh_refs[h] == 0)
	}
}

/* proc_drop */
inline proc_drop(p)
{
	d_step {
		assert(p_refs[p] > 0);
		p_refs[p]--;
		p_freed[p] = (p_refs[p] == 0);
		assert(!p_freed[p] || p_hold[p] == 0)	/* proc_free */
	}
}

/* fork_hold_create, and fork_hold of fork.c: before the child can run. */
inline hold_create(h, child)
{
	d_step {
#ifdef MUT_NO_REFERENCE
		fh_refs[h] = 1;
#else
		fh_refs[h] = 2;
#endif
		p_hold[child] = h + 1;
		p_refs[child] = 2;		/* the tree's and its LWP's */
		vs_refs++
	}
}

/* fork_hold_release, by the child's LWP */
inline hold_release(p)
{
	atomic {				/* p_lock */
		!p_lock[p];
		assert(!p_freed[p]);
		mine = p_hold[p];
#ifndef MUT_RELEASE_TWICE
		p_hold[p] = 0
#endif
	}
	if
	:: mine == 0
	:: else ->
		mine--;
		atomic { !fh_lock[mine] -> ALIVE(mine); fh_lock[mine] = 1 }
		d_step { assert(!fh_released[mine]); fh_released[mine] = 1 }
		atomic { !cv_lock[mine] -> ALIVE(mine); cv_lock[mine] = 1 }	/* cv_wake */
		if
		:: queued[mine] ->
			d_step { queued[mine] = 0; woken[mine] = 1 }
			WAKE(mine, SLEEPING)
		:: else
		fi;
		d_step { ALIVE(mine); cv_lock[mine] = 0 }
		d_step { ALIVE(mine); fh_lock[mine] = 0 }
#ifndef MUT_NO_REFERENCE
		hold_drop(mine)
#endif
	fi;
	mine = 0
}

/* signal_stop_self (signal/deliver.c); only P stops. */
inline stop_self()
{
	do
	:: atomic {				/* p_lock, tree lock */
		!p_lock[P] ->
		if
		:: !p_stopping || l_die[A] -> l_stop = 0; break
		:: else -> gen = p_gen
		fi }
		do
		:: LOCK(p_lock[P]);
			if
			:: p_stopping && p_gen == gen && !l_die[A] ->
				/* sched_stop_self: run queue's lock, then p_lock goes */
				d_step { s_state[A] = STOPPED; stop_seen = 1; p_lock[P] = 0 }
				s_state[A] == RUN
			:: else -> p_lock[P] = 0; break
			fi
		od
	od
}

/* stop_begin: marks first, then wakes; who sends and who takes the signal may call it. */
inline stop_begin(seen)
{
	LOCK(p_lock[P]);
	if
	:: p_gen == seen && !p_exiting[P] && !p_stopping ->
		p_stopping = 1;
		l_stop = 1;
		SIGNAL(A)
	:: else
	fi;
	p_lock[P] = 0
}

/* signal_take_stop */
inline take_stop()
{
	l_stopsig = 0;
	atomic {				/* p_lock */
		!p_lock[P];
		taken = p_stopsig;
		p_stopsig = 0;
		gen = p_gen
	}
	if
	:: taken -> stop_begin(gen)
	:: else
	fi;
	taken = 0
}

/* lwp_signal_pending with l_sleep_ends as lwp_wait_unsignalled sets it. */
#ifdef MUT_DEAF_TO_STOP
#define PENDING(l)	(l_die[l])
#else
#define PENDING(l)	(l_die[l] || (l == A && (l_stop || l_stopsig)))
#endif

/* cv_sleep and park; fh_lock is held before and after. */
inline sleep(h)
{
#ifdef MUT_LOST_WAKEUP
	fh_lock[h] = 0;
	LOCK(cv_lock[h]);
	d_step { queued[h] = 1; woken[h] = 0 }
#else
	LOCK(cv_lock[h]);
	d_step { queued[h] = 1; woken[h] = 0 }
	fh_lock[h] = 0;
#endif
	atomic {				/* park: run queue's lock, then cv_lock goes */
		ALIVE(h);
		interruptible[h] = 1;
#ifndef MUT_LOST_DEATH
		if
		:: PENDING(h)
		:: else -> s_state[h] = SLEEPING
		fi;
#else
		s_state[h] = SLEEPING;
#endif
		cv_lock[h] = 0
	}
	s_state[h] == RUN;
	interruptible[h] = 0;
	atomic { !cv_lock[h] -> ALIVE(h); queued[h] = 0 }
	LOCK(fh_lock[h])
}

/* fork_hold_wait, with lwp_wait_unsignalled in it */
inline hold_wait(h, child)
{
	held[h] = 1;
	LOCK(fh_lock[h]);
	do
	:: fh_released[h] -> break
	:: !fh_released[h] && l_die[h] -> break
	:: !fh_released[h] && !l_die[h] ->
		if				/* attn is loaded once */
		:: h == A && l_stop ->
#ifdef MUT_STOP_ENDS
			break
#endif
			fh_lock[h] = 0;
			stop_self();
			LOCK(fh_lock[h])
		:: h == A && l_stopsig && !l_stop ->
			fh_lock[h] = 0;
			take_stop();
			LOCK(fh_lock[h])
		:: else -> sleep(h)
		fi
	od;
	atomic { ALIVE(h); fh_lock[h] = 0 }
	assert(fh_released[h] || l_die[h]);	/* HOLD-1, HOLD-6 */
#ifdef MUT_LEAK
	if
	:: l_die[h]
	:: else -> hold_drop(h)
	fi;
#else
	hold_drop(h);
#endif
#ifdef MUT_READ_CHILD
	assert(!p_freed[child]);
#endif
	held[h] = 0
}

/* proc_condemn_locked (proc/exit.c), p_lock held: marks, ends a stop, wakes. */
inline condemn_lwp(l)
{
#ifdef MUT_WAKE_THEN_MARK
	WAKE(l, STOPPED);
	SIGNAL(l);
	l_die[l] = 1
#else
	l_die[l] = 1;
	WAKE(l, STOPPED);
	SIGNAL(l)
#endif
}

inline condemn_p()
{
	LOCK(p_lock[P]);
	if
	:: !p_exiting[P] ->
		d_step { p_exiting[P] = 1; p_stopping = 0 }
		condemn_lwp(A);
		condemn_lwp(B)
	:: else
	fi;
	p_lock[P] = 0
}

/* proc_die of an LWP of P; the last gives the address space away. */
inline leave_p(l)
{
	atomic {
		l_gone[l] = 1;
		p_nlwps--;
		if
		:: p_nlwps == 0 -> USES_SPACE; vs_refs--
		:: else
		fi
	}
}

/* bury_reap_locked or wait.c, under the tree lock: one of those who may. */
inline reap(p)
{
	assert(!p_reaped[p]);
	p_reaped[p] = 1;
	proc_drop(p)
}

/* exit_release, then sched_reap: bury_proc_locked, lwp_free */
inline end_child(p, shares, auto)
{
	if
	:: shares -> d_step { USES_SPACE; vs_refs-- }
	:: else
	fi;
	hold_release(p);
	atomic {				/* tree lock */
		p_zombie[p] = 1;
		l_gone[p] = 1;
		if
		:: auto -> reap(p)
		:: else
		fi
	}
	proc_drop(p)
}

/* do_exec: the old space goes (commit_space), the release is the last step. */
inline exec(p)
{
	d_step { USES_SPACE; vs_refs-- }
	hold_release(p)
}

proctype lwp_d()
{
	byte mine;
	bool shares = 1;

	if					/* a pipe that C writes */
	:: will_kill_c -> l_gone[C] || l_die[D]
	:: true
	fi;
	USES_SPACE;
	if
	:: exec(D); shares = 0
	:: true					/* exits, or exec fails and it exits */
	fi;
	end_child(D, shares, true)		/* C ignores the deaths of children */
}

proctype lwp_c()
{
	byte mine;
	bool shares = 1, gen, taken;

	USES_SPACE;
	if
#ifdef NESTED
	:: !l_die[C] ->				/* vfork in turn */
		hold_create(1, D);
		run lwp_d();
		hold_wait(1, D)
#endif
	:: true
	fi;
	if
	:: will_kill || (will_exec && !will_reap) -> l_gone[A] || l_die[C]
	:: will_stop -> stop_seen || a_user || l_gone[A] || l_die[C]
	:: true
	fi;
	USES_SPACE;
	if
	:: !l_die[C] -> exec(C); shares = 0
	:: true					/* exec fails: nothing is released; exits */
	fi;
	end_child(C, shares, ignores)
}

proctype lwp_a()
{
	bool gen, taken;

	hold_create(0, C);			/* fork_build */
	run lwp_c();				/* fork_start: C may be gone after it */
	hold_wait(0, C);
	do					/* user_return_once */
	:: l_die[A] -> break
	:: !l_die[A] && l_stop -> stop_self()
	:: !l_die[A] && !l_stop ->
		assert(fh_released[0]);
		a_user = 1;
		condemn_p();			/* exit of P; or B's exec was first */
		l_die[A];
		break
	od;
	leave_p(A)
}

proctype lwp_b()
{
	if					/* wait4 */
	:: will_reap ->
		if
		:: atomic { p_zombie[C] && !p_reaped[C] -> reap(C) }
		:: p_reaped[C]
		:: l_die[B]
		fi
	:: else
	fi;
	if
	:: will_exec ->				/* proc_single: the other LWPs go */
		LOCK(p_lock[P]);
		if
		:: !p_exiting[P] -> condemn_lwp(A)
		:: else
		fi;
		p_lock[P] = 0;
		l_gone[A];
		condemn_p()			/* the new program exits */
	:: else
	fi;
	l_die[B];
	leave_p(B)
}

/* init: reaps C when P is gone */
proctype reaper()
{
	if
	:: atomic { l_gone[A] && l_gone[B] && p_zombie[C] && !p_reaped[C] -> reap(C) }
	:: p_reaped[C]
	fi
}

proctype kill_p()
{
	condemn_p()
}

proctype kill_c()
{
	LOCK(p_lock[C]);
	condemn_lwp(C);
	p_lock[C] = 0
}

/* A stop of P, by a tracer or by a signal that the LWP takes itself; then its end. */
proctype stop_p()
{
	if
	:: by_signal ->				/* signal_post_proc_locked */
		LOCK(p_lock[P]);
		p_stopsig = 1;
		l_stopsig = 1;
		SIGNAL(A);
		p_lock[P] = 0
	:: else -> stop_begin(0)
	fi;
	/* A stop of a held process completes, at once (HOLD-6). */
	stop_seen || a_user || p_exiting[P] || l_die[A];
	LOCK(p_lock[P]);			/* SIGCONT */
	d_step { p_gen = 1; p_stopping = 0; p_stopsig = 0 }
	WAKE(A, STOPPED);
	p_lock[P] = 0
}

init
{
	byte events;

	atomic {
		do			/* up to EVENTS things happen during the holding */
		:: events < EVENTS && !will_kill -> will_kill = 1; events++
		:: events < EVENTS && !will_kill_c -> will_kill_c = 1; events++
		:: events < EVENTS && !will_exec -> will_exec = 1; events++
#ifndef NESTED
		:: events < EVENTS && !will_stop -> will_stop = 1; events++
		:: events < EVENTS && !will_stop -> will_stop = 1; by_signal = 1; events++
#endif
		:: break
		od;
		if :: will_reap = 1 :: true fi;
		if :: ignores = 1 :: true fi;
		events = 0;
		vs_refs = 1;
		run lwp_a();
		run lwp_b();
		run reaper();
		if :: will_kill -> run kill_p() :: else fi;
		if :: will_kill_c -> run kill_c() :: else fi;
		if :: will_stop -> run stop_p() :: else fi
	}
	_nr_pr == 1;
	/* All are gone: nothing leaks. */
	assert(fh_freed[0] && fh_released[0] && p_freed[C] && vs_refs == 0);
	assert(p_refs[D] == 0 && fh_refs[1] == 0)
}

#ifdef FAIR
ltl goes_on { [] ((held[0] -> <> !held[0]) && (held[1] -> <> !held[1])) }
#endif
