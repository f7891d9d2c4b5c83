/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access to user memory. Here the range is checked: all of it below USER_MAX, so that no copy can
 * reach the kernel's half; what is not mapped or not allowed there, the copies' faults tell
 * (entry.S, trap.c).
 */
#include "arch_int.h"
#include "lib/kasan.h"

static bool
range_ok(const void *uaddr, size_t n)
{
	return n <= USER_MAX && (uintptr_t)uaddr <= USER_MAX - n;
}

int
copyin(const void *uaddr, void *kaddr, size_t n)
{
	if (!range_ok(uaddr, n))
		return EFAULT;
	kasan_check(kaddr, n, true);
	return user_copy_in(kaddr, uaddr, n);
}

int
copyout(const void *kaddr, void *uaddr, size_t n)
{
	if (!range_ok(uaddr, n))
		return EFAULT;
	kasan_check(kaddr, n, false);
	return user_copy_out(uaddr, kaddr, n);
}

int
copyinstr(const void *uaddr, char *kaddr, size_t size, size_t *len)
{
	uintptr_t u = (uintptr_t)uaddr;
	size_t max, copied = 0;
	int error;

	if (u >= USER_MAX)
		return EFAULT;
	max = MIN(size, USER_MAX - u);
	kasan_check(kaddr, size, true);
	error = user_copy_str(uaddr, kaddr, max, &copied);
	if (error == ENAMETOOLONG && max < size)
		error = EFAULT;		/* it runs over the end of user memory */
	if (error == 0 && len != NULL)
		*len = copied;
	return error;
}

int
user_clear(void *uaddr, size_t n)
{
	return range_ok(uaddr, n) ? user_zero(uaddr, n) : EFAULT;
}

int
user_load32(const uint32_t *uaddr, uint32_t *value)
{
	return range_ok(uaddr, sizeof(*uaddr)) ? user_load_word(uaddr, value) : EFAULT;
}

int
user_cas32(uint32_t *uaddr, uint32_t old, uint32_t new, uint32_t *was)
{
	if (((uintptr_t)uaddr & 3) != 0)
		return EINVAL;
	return range_ok(uaddr, sizeof(*uaddr)) ? user_cas_word(uaddr, old, new, was) : EFAULT;
}
