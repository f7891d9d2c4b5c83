/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nothing but assertions: linux_abi.h says what Linux's own headers say. This is the one file that
 * includes them (syscalls.c takes the call numbers, which clash with nothing).
 */
#include "abi/linux/linux_abi.h"

#undef __unused		/* the name of a field in struct stat */

#include <asm/prctl.h>
#include <linux/signal.h>
#include <asm/sigcontext.h>
#include <asm/siginfo.h>
#include <asm/stat.h>
#include <asm/statfs.h>
#include <asm/ucontext.h>
#include <linux/capability.h>
#include <linux/eventpoll.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <asm/ioctls.h>
#include <linux/membarrier.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <linux/sysinfo.h>
#include <linux/time.h>
#include <linux/times.h>
#include <linux/uio.h>
#include <linux/utime.h>
#include <linux/utsname.h>
#include <linux/wait.h>

#define SIZE(a, b)	STATIC_ASSERT(sizeof(struct a) == sizeof(struct b))
#define FIELD(a, fa, b, fb) \
	STATIC_ASSERT(offsetof(struct a, fa) == offsetof(struct b, fb) && \
	    sizeof(((struct a *)0)->fa) == sizeof(((struct b *)0)->fb))
#define NUMBER(n)	STATIC_ASSERT(LX_##n == n)

SIZE(linux_timespec, timespec);
SIZE(linux_timeval, timeval);
SIZE(linux_timezone, timezone);
SIZE(linux_itimerval, itimerval);
SIZE(linux_itimerspec, itimerspec);
SIZE(linux_utimbuf, utimbuf);
SIZE(linux_tms, tms);
SIZE(linux_stat, stat);
FIELD(linux_stat, st_mode, stat, st_mode);
FIELD(linux_stat, st_rdev, stat, st_rdev);
FIELD(linux_stat, st_size, stat, st_size);
FIELD(linux_stat, st_blocks, stat, st_blocks);
FIELD(linux_stat, st_ctime_nsec, stat, st_ctime_nsec);
SIZE(linux_statx, statx);
FIELD(linux_statx, stx_mode, statx, stx_mode);
FIELD(linux_statx, stx_size, statx, stx_size);
FIELD(linux_statx, stx_attributes_mask, statx, stx_attributes_mask);
FIELD(linux_statx, stx_btime, statx, stx_btime);
FIELD(linux_statx, stx_mtime, statx, stx_mtime);
FIELD(linux_statx, stx_dev_minor, statx, stx_dev_minor);
FIELD(linux_statx, stx_mnt_id, statx, stx_mnt_id);
SIZE(linux_statfs, statfs);
FIELD(linux_statfs, f_fsid, statfs, f_fsid);
FIELD(linux_statfs, f_flags, statfs, f_flags);
SIZE(linux_iovec, iovec);
SIZE(linux_flock, flock);
FIELD(linux_flock, l_pid, flock, l_pid);
SIZE(linux_rusage, rusage);
FIELD(linux_rusage, ru_nivcsw, rusage, ru_nivcsw);
SIZE(linux_rlimit, rlimit);
SIZE(linux_clone_args, clone_args);
SIZE(linux_robust_list_head, robust_list_head);
SIZE(linux_cap_header, __user_cap_header_struct);
SIZE(linux_cap_data, __user_cap_data_struct);
SIZE(linux_utsname, new_utsname);
SIZE(linux_sysinfo, sysinfo);
FIELD(linux_sysinfo, procs, sysinfo, procs);
FIELD(linux_sysinfo, mem_unit, sysinfo, mem_unit);
SIZE(linux_pollfd, pollfd);
SIZE(linux_epoll_event, epoll_event);
FIELD(linux_epoll_event, data, epoll_event, data);
SIZE(linux_sigaction, sigaction);
FIELD(linux_sigaction, sa_flags, sigaction, sa_flags);
FIELD(linux_sigaction, sa_restorer, sigaction, sa_restorer);
FIELD(linux_sigaction, sa_mask, sigaction, sa_mask);
STATIC_ASSERT(sizeof(struct linux_stack) == sizeof(stack_t));
STATIC_ASSERT(offsetof(struct linux_stack, ss_size) == offsetof(stack_t, ss_size));
STATIC_ASSERT(sizeof(struct linux_siginfo) == sizeof(siginfo_t));
STATIC_ASSERT(offsetof(struct linux_siginfo, si_code) == offsetof(siginfo_t, si_code));
STATIC_ASSERT(offsetof(struct linux_siginfo, u.rt.value) == offsetof(siginfo_t, si_ptr));
STATIC_ASSERT(offsetof(struct linux_siginfo, u.timer.overrun) == offsetof(siginfo_t, si_overrun));
STATIC_ASSERT(offsetof(struct linux_siginfo, u.chld.status) == offsetof(siginfo_t, si_status));
STATIC_ASSERT(offsetof(struct linux_siginfo, u.chld.stime) == offsetof(siginfo_t, si_stime));
STATIC_ASSERT(offsetof(struct linux_siginfo, u.fault.addr) == offsetof(siginfo_t, si_addr));
STATIC_ASSERT(offsetof(struct linux_siginfo, u.poll.fd) == offsetof(siginfo_t, si_fd));
SIZE(linux_ucontext, ucontext);
FIELD(linux_ucontext, uc_mcontext, ucontext, uc_mcontext);
FIELD(linux_ucontext, uc_sigmask, ucontext, uc_sigmask);
SIZE(linux_sigcontext, sigcontext);
FIELD(linux_sigcontext, rip, sigcontext, rip);
FIELD(linux_sigcontext, ss, sigcontext, ss);
FIELD(linux_sigcontext, cr2, sigcontext, cr2);
FIELD(linux_sigcontext, fpstate, sigcontext, fpstate);
SIZE(linux_fpx_sw_bytes, _fpx_sw_bytes);
STATIC_ASSERT(LX_FPX_SW_OFFSET == offsetof(struct _fpstate_64, sw_reserved));
STATIC_ASSERT(LX_FP_XSTATE_MAGIC1 == FP_XSTATE_MAGIC1);
STATIC_ASSERT(LX_FP_XSTATE_MAGIC2 == FP_XSTATE_MAGIC2);
NUMBER(UC_FP_XSTATE);
NUMBER(UC_SIGCONTEXT_SS);
NUMBER(UC_STRICT_RESTORE_SS);

NUMBER(CLOCK_REALTIME);
NUMBER(CLOCK_MONOTONIC);
NUMBER(CLOCK_PROCESS_CPUTIME_ID);
NUMBER(CLOCK_THREAD_CPUTIME_ID);
NUMBER(CLOCK_MONOTONIC_RAW);
NUMBER(CLOCK_REALTIME_COARSE);
NUMBER(CLOCK_MONOTONIC_COARSE);
NUMBER(CLOCK_BOOTTIME);
NUMBER(CLOCK_TAI);
NUMBER(TIMER_ABSTIME);
NUMBER(ITIMER_REAL);
NUMBER(ITIMER_VIRTUAL);
NUMBER(ITIMER_PROF);
NUMBER(STATX_BASIC_STATS);
NUMBER(STATX_BTIME);
STATIC_ASSERT(LX_STATX_RESERVED == STATX__RESERVED);
NUMBER(AT_FDCWD);
NUMBER(AT_SYMLINK_NOFOLLOW);
NUMBER(AT_REMOVEDIR);
NUMBER(AT_EACCESS);
NUMBER(AT_SYMLINK_FOLLOW);
NUMBER(AT_NO_AUTOMOUNT);
NUMBER(AT_EMPTY_PATH);
NUMBER(AT_STATX_SYNC_TYPE);
NUMBER(AT_RECURSIVE);
NUMBER(F_DUPFD);
NUMBER(F_GETFD);
NUMBER(F_SETFD);
NUMBER(F_GETFL);
NUMBER(F_SETFL);
NUMBER(F_GETLK);
NUMBER(F_SETLK);
NUMBER(F_SETLKW);
NUMBER(F_SETOWN);
NUMBER(F_GETOWN);
NUMBER(F_SETSIG);
NUMBER(F_GETSIG);
NUMBER(F_OFD_GETLK);
NUMBER(F_OFD_SETLK);
NUMBER(F_OFD_SETLKW);
NUMBER(F_DUPFD_CLOEXEC);
NUMBER(F_SETPIPE_SZ);
NUMBER(F_GETPIPE_SZ);
NUMBER(F_RDLCK);
NUMBER(F_WRLCK);
NUMBER(F_UNLCK);
STATIC_ASSERT(LX_FD_CLOEXEC == FD_CLOEXEC);
NUMBER(LOCK_SH);
NUMBER(LOCK_EX);
NUMBER(LOCK_NB);
NUMBER(LOCK_UN);
NUMBER(RENAME_NOREPLACE);
NUMBER(RENAME_EXCHANGE);
NUMBER(RENAME_WHITEOUT);
STATIC_ASSERT(LX_FALLOC_KEEP_SIZE == FALLOC_FL_KEEP_SIZE);
STATIC_ASSERT(LX_FALLOC_PUNCH_HOLE == FALLOC_FL_PUNCH_HOLE);
STATIC_ASSERT(LX_FALLOC_ZERO_RANGE == FALLOC_FL_ZERO_RANGE);
STATIC_ASSERT(LX_IOV_MAX == UIO_MAXIOV);
STATIC_ASSERT(LX_MFD_CLOEXEC == MFD_CLOEXEC && LX_MFD_ALLOW_SEALING == MFD_ALLOW_SEALING);

NUMBER(PROT_READ);
NUMBER(PROT_WRITE);
NUMBER(PROT_EXEC);
NUMBER(PROT_SEM);
NUMBER(PROT_GROWSDOWN);
NUMBER(PROT_GROWSUP);
NUMBER(MAP_SHARED);
NUMBER(MAP_PRIVATE);
NUMBER(MAP_SHARED_VALIDATE);
NUMBER(MAP_TYPE);
NUMBER(MAP_FIXED);
NUMBER(MAP_ANONYMOUS);
NUMBER(MAP_32BIT);
NUMBER(MAP_GROWSDOWN);
NUMBER(MAP_DENYWRITE);
NUMBER(MAP_LOCKED);
NUMBER(MAP_NORESERVE);
NUMBER(MAP_POPULATE);
NUMBER(MAP_FIXED_NOREPLACE);
NUMBER(MREMAP_MAYMOVE);
NUMBER(MREMAP_FIXED);
NUMBER(MREMAP_DONTUNMAP);
NUMBER(MS_ASYNC);
NUMBER(MS_INVALIDATE);
NUMBER(MS_SYNC);
NUMBER(MADV_NORMAL);
NUMBER(MADV_RANDOM);
NUMBER(MADV_SEQUENTIAL);
NUMBER(MADV_WILLNEED);
NUMBER(MADV_DONTNEED);
NUMBER(MADV_FREE);
NUMBER(MADV_DONTFORK);
NUMBER(MADV_DOFORK);
NUMBER(MADV_HUGEPAGE);
NUMBER(MADV_NOHUGEPAGE);
NUMBER(MADV_DONTDUMP);
NUMBER(MADV_DODUMP);
NUMBER(MADV_WIPEONFORK);
NUMBER(MADV_KEEPONFORK);
NUMBER(MADV_COLD);
NUMBER(MADV_PAGEOUT);
NUMBER(MCL_CURRENT);
NUMBER(MCL_FUTURE);
NUMBER(MCL_ONFAULT);

NUMBER(CSIGNAL);
NUMBER(CLONE_VM);
NUMBER(CLONE_FS);
NUMBER(CLONE_FILES);
NUMBER(CLONE_SIGHAND);
NUMBER(CLONE_PIDFD);
NUMBER(CLONE_PTRACE);
NUMBER(CLONE_VFORK);
NUMBER(CLONE_PARENT);
NUMBER(CLONE_THREAD);
NUMBER(CLONE_NEWNS);
NUMBER(CLONE_SYSVSEM);
NUMBER(CLONE_SETTLS);
NUMBER(CLONE_PARENT_SETTID);
NUMBER(CLONE_CHILD_CLEARTID);
NUMBER(CLONE_DETACHED);
NUMBER(CLONE_UNTRACED);
NUMBER(CLONE_CHILD_SETTID);
NUMBER(CLONE_NEWCGROUP);
NUMBER(CLONE_NEWUTS);
NUMBER(CLONE_NEWIPC);
NUMBER(CLONE_NEWUSER);
NUMBER(CLONE_NEWPID);
NUMBER(CLONE_NEWNET);
NUMBER(CLONE_IO);
NUMBER(CLONE_NEWTIME);
NUMBER(CLONE_CLEAR_SIGHAND);
NUMBER(CLONE_INTO_CGROUP);
NUMBER(WNOHANG);
NUMBER(WUNTRACED);
NUMBER(WSTOPPED);
NUMBER(WEXITED);
NUMBER(WCONTINUED);
NUMBER(WNOWAIT);
STATIC_ASSERT(LX_WNOTHREAD == __WNOTHREAD && LX_WALL == __WALL && LX_WCLONE == __WCLONE);
NUMBER(P_ALL);
NUMBER(P_PID);
NUMBER(P_PGID);
NUMBER(P_PIDFD);
NUMBER(RUSAGE_SELF);
NUMBER(RUSAGE_CHILDREN);
NUMBER(RUSAGE_THREAD);
NUMBER(PRIO_PROCESS);
NUMBER(PRIO_PGRP);
NUMBER(PRIO_USER);
NUMBER(ARCH_SET_GS);
NUMBER(ARCH_SET_FS);
NUMBER(ARCH_GET_FS);
NUMBER(ARCH_GET_GS);
NUMBER(PR_SET_PDEATHSIG);
NUMBER(PR_GET_PDEATHSIG);
NUMBER(PR_GET_DUMPABLE);
NUMBER(PR_SET_DUMPABLE);
NUMBER(PR_GET_KEEPCAPS);
NUMBER(PR_SET_KEEPCAPS);
NUMBER(PR_SET_NAME);
NUMBER(PR_GET_NAME);
NUMBER(PR_GET_SECCOMP);
NUMBER(PR_CAPBSET_READ);
NUMBER(PR_CAPBSET_DROP);
NUMBER(PR_SET_TIMERSLACK);
NUMBER(PR_GET_TIMERSLACK);
NUMBER(PR_SET_CHILD_SUBREAPER);
NUMBER(PR_GET_CHILD_SUBREAPER);
NUMBER(PR_SET_NO_NEW_PRIVS);
NUMBER(PR_GET_NO_NEW_PRIVS);
NUMBER(PR_GET_TID_ADDRESS);
NUMBER(PR_CAP_AMBIENT);
STATIC_ASSERT(LX_SCHED_OTHER == SCHED_NORMAL && LX_SCHED_FIFO == SCHED_FIFO &&
    LX_SCHED_RR == SCHED_RR);
STATIC_ASSERT(LX_SCHED_BATCH == SCHED_BATCH && LX_SCHED_IDLE == SCHED_IDLE);
NUMBER(FUTEX_WAIT);
NUMBER(FUTEX_WAKE);
NUMBER(FUTEX_REQUEUE);
NUMBER(FUTEX_CMP_REQUEUE);
NUMBER(FUTEX_WAKE_OP);
NUMBER(FUTEX_LOCK_PI);
NUMBER(FUTEX_UNLOCK_PI);
NUMBER(FUTEX_TRYLOCK_PI);
NUMBER(FUTEX_LOCK_PI2);
STATIC_ASSERT(LX_MEMBARRIER_QUERY == MEMBARRIER_CMD_QUERY);
STATIC_ASSERT(LX_MEMBARRIER_GLOBAL == MEMBARRIER_CMD_GLOBAL);
STATIC_ASSERT(LX_MEMBARRIER_GLOBAL_EXPEDITED == MEMBARRIER_CMD_GLOBAL_EXPEDITED);
STATIC_ASSERT(LX_MEMBARRIER_REGISTER_GLOBAL_EXPEDITED ==
    MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED);
STATIC_ASSERT(LX_MEMBARRIER_PRIVATE_EXPEDITED == MEMBARRIER_CMD_PRIVATE_EXPEDITED);
STATIC_ASSERT(LX_MEMBARRIER_REGISTER_PRIVATE_EXPEDITED ==
    MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
NUMBER(FUTEX_WAIT_BITSET);
NUMBER(FUTEX_WAKE_BITSET);
NUMBER(FUTEX_PRIVATE_FLAG);
STATIC_ASSERT(LX_FUTEX_CLOCK_REALTIME == FUTEX_CLOCK_REALTIME);
NUMBER(FUTEX_BITSET_MATCH_ANY);
NUMBER(FUTEX_WAITERS);
NUMBER(FUTEX_OWNER_DIED);
NUMBER(FUTEX_TID_MASK);
STATIC_ASSERT(LX_CAP_VERSION_1 == _LINUX_CAPABILITY_VERSION_1);
STATIC_ASSERT(LX_CAP_VERSION_2 == _LINUX_CAPABILITY_VERSION_2);
STATIC_ASSERT(LX_CAP_VERSION_3 == _LINUX_CAPABILITY_VERSION_3);
STATIC_ASSERT(LX_CAP_LAST == CAP_LAST_CAP);

STATIC_ASSERT(LX_REBOOT_MAGIC1 == LINUX_REBOOT_MAGIC1 && LX_REBOOT_MAGIC2 == LINUX_REBOOT_MAGIC2);
STATIC_ASSERT(LX_REBOOT_MAGIC2A == LINUX_REBOOT_MAGIC2A);
STATIC_ASSERT(LX_REBOOT_MAGIC2B == LINUX_REBOOT_MAGIC2B);
STATIC_ASSERT(LX_REBOOT_MAGIC2C == LINUX_REBOOT_MAGIC2C);
STATIC_ASSERT(LX_REBOOT_RESTART == LINUX_REBOOT_CMD_RESTART);
STATIC_ASSERT(LX_REBOOT_HALT == LINUX_REBOOT_CMD_HALT);
STATIC_ASSERT(LX_REBOOT_CAD_ON == LINUX_REBOOT_CMD_CAD_ON);
STATIC_ASSERT(LX_REBOOT_CAD_OFF == LINUX_REBOOT_CMD_CAD_OFF);
STATIC_ASSERT(LX_REBOOT_POWER_OFF == LINUX_REBOOT_CMD_POWER_OFF);
NUMBER(GRND_NONBLOCK);
NUMBER(GRND_RANDOM);
NUMBER(GRND_INSECURE);
NUMBER(EPOLL_CTL_ADD);
NUMBER(EPOLL_CTL_DEL);
NUMBER(EPOLL_CTL_MOD);
STATIC_ASSERT(LX_FIOCLEX == FIOCLEX && LX_FIONCLEX == FIONCLEX);
STATIC_ASSERT(LX_FIONBIO == FIONBIO && LX_FIOASYNC == FIOASYNC);
NUMBER(SS_ONSTACK);
NUMBER(SS_DISABLE);
NUMBER(SS_AUTODISARM);
NUMBER(MINSIGSTKSZ);
STATIC_ASSERT(LX_SA_RESTORER == SA_RESTORER);
NUMBER(SIG_BLOCK);
NUMBER(SIG_UNBLOCK);
NUMBER(SIG_SETMASK);
