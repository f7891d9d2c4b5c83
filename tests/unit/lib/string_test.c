/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel/lib/string.c. The names are the kernel's, see rename.h. */
#include "../unit.h"

static void
memory(void **state)
{
	char a[64], b[64];

	(void)state;
	for (size_t n = 0; n < 40; n++) {
		for (size_t off = 0; off < 9; off++) {
			for (size_t i = 0; i < sizeof(a); i++) {
				a[i] = (char)i;
				b[i] = (char)-1;
			}
			assert_ptr_equal(memcpy(b + off, a + 3, n), b + off);
			for (size_t i = 0; i < sizeof(b); i++)
				assert_int_equal(b[i], i >= off &&
				    i < off + n ? (char)(i - off + 3) : -1);
			memset(b + off, 0x80, n);
			for (size_t i = 0; i < sizeof(b); i++)
				assert_int_equal(b[i], i >= off && i < off + n ? (char)0x80 : -1);
		}
	}
}

static void
overlapping_move(void **state)
{
	(void)state;
	for (size_t from = 0; from < 12; from++) {
		for (size_t to = 0; to < 12; to++) {
			char a[32];

			for (size_t i = 0; i < sizeof(a); i++)
				a[i] = (char)i;
			memmove(a + to, a + from, 20);
			for (size_t i = 0; i < 20; i++)
				assert_int_equal(a[to + i], from + i);
		}
	}
}

static void
comparing(void **state)
{
	(void)state;
	assert_int_equal(memcmp("abc", "abd", 2), 0);
	assert_true(memcmp("abc", "abd", 3) < 0);
	assert_true(memcmp("\xff", "\x01", 1) > 0);
	assert_int_equal(strcmp("", ""), 0);
	assert_true(strcmp("a", "") > 0);
	assert_true(strcmp("\xff", "a") > 0);
	assert_int_equal(strncmp("abcx", "abcy", 3), 0);
	assert_true(strncmp("ab", "abc", 3) < 0);
	assert_int_equal(strncmp("x", "y", 0), 0);
}

static void
searching(void **state)
{
	const char *s = "hello, world";

	(void)state;
	assert_int_equal(strlen(s), 12);
	assert_int_equal(strnlen(s, 5), 5);
	assert_int_equal(strnlen(s, 50), 12);
	assert_ptr_equal(strchr(s, 'o'), s + 4);
	assert_ptr_equal(strrchr(s, 'o'), s + 8);
	assert_ptr_equal(strchr(s, 0), s + 12);
	assert_null(strchr(s, 'z'));
	assert_null(strrchr(s, 'z'));
	assert_ptr_equal(strstr(s, "world"), s + 7);
	assert_ptr_equal(strstr(s, ""), s);
	assert_null(strstr(s, "worlds"));
	assert_ptr_equal(memchr(s, 'w', 12), s + 7);
	assert_null(memchr(s, 'w', 7));
}

static void
bounded_copies(void **state)
{
	char b[8];

	(void)state;
	assert_int_equal(strlcpy(b, "abc", sizeof(b)), 3);
	assert_string_equal(b, "abc");
	assert_int_equal(strlcat(b, "defghijk", sizeof(b)), 11);
	assert_string_equal(b, "abcdefg");
	assert_int_equal(strlcpy(b, "123456789", sizeof(b)), 9);
	assert_string_equal(b, "1234567");
	assert_int_equal(strlcpy(b, "x", 0), 1);
	assert_string_equal(b, "1234567");
}

static void
numbers(void **state)
{
	const char *end, *s;

	(void)state;
	assert_int_equal(strtou64("123x", &end), 123);
	assert_int_equal(*end, 'x');
	assert_int_equal(strtou64("0x1fG", &end), 31);
	assert_int_equal(*end, 'G');
	assert_int_equal(strtou64("017", NULL), 15);
	assert_int_equal(strtou64("0", NULL), 0);
	assert_true(strtou64("18446744073709551615", NULL) == UINT64_MAX);
	s = "abc";
	assert_int_equal(strtou64(s, &end), 0);
	assert_ptr_equal(end, s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory),
		cmocka_unit_test(overlapping_move),
		cmocka_unit_test(comparing),
		cmocka_unit_test(searching),
		cmocka_unit_test(bounded_copies),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
