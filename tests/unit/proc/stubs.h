/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef UNIT_PROC_STUBS_H
#define UNIT_PROC_STUBS_H

#include <setjmp.h>

#include "lib/klib.h"

/* Where sched_exit goes. */
extern jmp_buf stub_exit_jump;
/* Called while a fork copies registers: late among its steps. */
extern void (*stub_during_fork)(void);
/* vnode_text_get less vnode_text_put. */
extern int64_t stub_text_count;
/* sched_signal_wakeup calls. */
extern uint32_t stub_wakeups;
/* Both clocks, in ns; each look moves it on by one. */
extern uint64_t stub_now;

#endif
