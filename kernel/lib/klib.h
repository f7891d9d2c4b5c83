/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every kernel file may use: integer types, small macros, strings, formatting, the log and
 * assertions.
 */
#ifndef LIB_KLIB_H
#define LIB_KLIB_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/errno.h"
#include "lib/list.h"

typedef int32_t		pid_t;
typedef uint32_t	uid_t;
typedef uint32_t	gid_t;
typedef uint32_t	mode_t;
typedef int64_t		off_t;
typedef int64_t		ssize_t;
typedef uint64_t	dev_t;
typedef uint64_t	ino_t;
typedef uint64_t	vaddr_t;	/* a virtual address, of user or kernel */
typedef uint64_t	paddr_t;	/* a physical address */

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)	MIN_(a, b, __COUNTER__)	/* the counter keeps nested uses apart */
#define MAX(a, b)	MAX_(a, b, __COUNTER__)
#define MIN_(a, b, n)	MINMAX_(a, b, <, n)
#define MAX_(a, b, n)	MINMAX_(a, b, >, n)
#define MINMAX_(a, b, op, n) ({							\
	__typeof__(a) a_##n = (a);						\
	__typeof__(b) b_##n = (b);						\
	a_##n op b_##n ? a_##n : b_##n;						\
})
/* m: a power of two */
#define roundup2(x, m)		(((x) + ((m) - 1)) & ~((__typeof__(x))(m) - 1))
#define rounddown2(x, m)	((x) & ~((__typeof__(x))(m) - 1))
#define howmany(x, y)		(((x) + ((y) - 1)) / (y))

#define __packed	__attribute__((__packed__))
#define __aligned(n)	__attribute__((__aligned__(n)))
#define __noreturn	__attribute__((__noreturn__))
#define __unused	__attribute__((__unused__))
#define __used		__attribute__((__used__))
#define __noinline	__attribute__((__noinline__))
#define __section(s)	__attribute__((__section__(s)))
#define __printflike(f, a) __attribute__((__format__(__printf__, f, a)))
#define __must_check	__attribute__((__warn_unused_result__))
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define STATIC_ASSERT(c) _Static_assert(c, #c)

#define NSEC_PER_SEC	1000000000ull
#define NSEC_PER_MSEC	1000000ull
#define NSEC_PER_USEC	1000ull

/* Bits set. (The compiler's builtin may call a library that is not here.) */
static inline uint32_t
popcount64(uint64_t v)
{
	uint32_t n = 0;

	for (; v != 0; v &= v - 1)
		n++;
	return n;
}

/* Atomics: the compiler's builtins under names that say the order. */
#define load_relaxed(p)		__atomic_load_n((p), __ATOMIC_RELAXED)
#define load_acquire(p)		__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store_relaxed(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define store_release(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELEASE)
/* returns the new value */
#define atomic_add(p, v)	__atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST)
#define atomic_sub(p, v)	__atomic_sub_fetch((p), (v), __ATOMIC_SEQ_CST)
#define atomic_or(p, v)		__atomic_or_fetch((p), (v), __ATOMIC_SEQ_CST)
#define atomic_and(p, v)	__atomic_and_fetch((p), (v), __ATOMIC_SEQ_CST)
#define atomic_swap(p, v)	__atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define atomic_cas(p, expected_p, v) /* true when swapped; else *expected_p is what was there */ \
	__atomic_compare_exchange_n((p), (expected_p), (v), false, __ATOMIC_SEQ_CST, \
	    __ATOMIC_RELAXED)
#define atomic_fence()		__atomic_thread_fence(__ATOMIC_SEQ_CST)

/* Strings (lib/string.c). The compiler calls the mem functions by itself. */
void	*memcpy(void *restrict, const void *restrict, size_t);
void	*memmove(void *, const void *, size_t);
void	*memset(void *, int, size_t);
int	 memcmp(const void *, const void *, size_t);
void	*memchr(const void *, int, size_t);
size_t	 strlen(const char *);
size_t	 strnlen(const char *, size_t);
int	 strcmp(const char *, const char *);
int	 strncmp(const char *, const char *, size_t);
char	*strchr(const char *, int);
char	*strrchr(const char *, int);
char	*strstr(const char *, const char *);
/* Copies at most size - 1 bytes and terminates; returns strlen(src). size 0 writes nothing. */
size_t	 strlcpy(char *dst, const char *src, size_t size);
size_t	 strlcat(char *dst, const char *src, size_t size);
/*
 * Reads a number in base 10, or 16 after 0x, or 8 after 0. *end (may be null) is the first byte
 * not read.
 */
uint64_t strtou64(const char *s, const char **end);

/*
 * Formatting (lib/printf.c): %d %i %u %x %X %o %c %s %p %% with flags - 0 + space #, width,
 * precision, *, and the lengths hh h l ll z j t. Always terminates when size > 0; returns the
 * length that the whole text would have.
 */
int	 ksnprintf(char *buf, size_t size, const char *fmt, ...) __printflike(3, 4);
int	 kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printflike(3, 0);

/* A text that is appended to: what does not fit is left out, but counted. */
struct textbuf {
	char	*tb_buf;
	size_t	 tb_size;
	size_t	 tb_len;	/* of the whole text */
};

void	 textbuf_printf(struct textbuf *, const char *fmt, ...) __printflike(2, 3);

/*
 * The kernel log (lib/klog.c): a ring in memory, and the console sink that arch registers. Any
 * context, interrupts included; never sleeps. A line without '\n' is continued by the next call.
 */
enum klog_level { KLOG_ERR, KLOG_WARN, KLOG_INFO, KLOG_DEBUG };
void	 klog(enum klog_level, const char *fmt, ...) __printflike(2, 3);
void	 kvlog(enum klog_level, const char *fmt, va_list ap) __printflike(2, 0);
/* From now on, log text of at most this level goes to sink(text, len) too. */
void	 klog_set_sink(void (*sink)(const char *, size_t), enum klog_level max);
void	 klog_set_level(enum klog_level max);
/* Copies the newest bytes of the ring, oldest first, into buf; returns how many. */
size_t	 klog_read(char *buf, size_t size);

/*
 * Stops the machine: prints the message, registers, backtraces of every CPU (arch_panic), never
 * returns.
 */
void	 panic(const char *fmt, ...) __noreturn __printflike(1, 2);

/* ASSERT is always compiled; DASSERT (KASSERT) in debug kernels only. */
#define ASSERT(c)	((c) ? (void)0 :						\
	panic("%s:%d: %s: assertion failed: %s", __FILE__, __LINE__, __func__, #c))
#ifdef DEBUG
#define KASSERT(c)	ASSERT(c)
#else
#define KASSERT(c)	((void)sizeof(c))
#endif
#define UNREACHABLE()	panic("%s:%d: %s: not reachable", __FILE__, __LINE__, __func__)

/*
 * Boot parameters (kernel/main/param.c): "name=value" words of the command line. Null when
 * absent; "" for a bare word.
 */
const char *boot_param(const char *name);
uint64_t boot_param_u64(const char *name, uint64_t dflt);

#endif
