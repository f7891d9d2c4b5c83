/* SPDX-License-Identifier: BSD-2-Clause */
/* host/klog.c: what is kept of the kernel's messages, and when they mean a panic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../../host/bident.h"

static void
take(struct klog *kl, const char *text)
{
	/* One byte at a time, as a serial line may give it. */
	for (; *text != 0; text++)
		klog_take(kl, text, 1);
}

/* What a function writes to standard error. */
static char *
shown(void (*show)(const struct klog *), const struct klog *kl)
{
	static char text[1 << 20];
	FILE *f = tmpfile();
	int saved = dup(STDERR_FILENO);
	ssize_t n;

	dup2(fileno(f), STDERR_FILENO);
	show(kl);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = pread(fileno(f), text, sizeof(text) - 1, 0);
	text[n < 0 ? 0 : n] = 0;
	fclose(f);
	return text;
}

static void
show_three(const struct klog *kl)
{
	klog_show_tail(kl, kl->kl_total, 3);
}

static void
test_panic_mark(void **state)
{
	static const struct {
		const char	*text;
		bool		 panicked;
	} cases[] = {
		{ "panic: no more\n", true },
		{ "hello\npanic: no more\n", true },
		{ "hello\r\n[    1.000001] panic: no more\r\n", true },
		{ "[12] cpu 3: panic: no more\n", true },
		{ "the word panic: in a sentence\n", false },
		{ "panic is no panic\n", false },
		{ "pani", false },
		{ "panic:", false },
		{ "do not panic: all is well\n", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct klog kl;

		klog_init(&kl, NULL);
		take(&kl, cases[i].text);
		assert_int_equal(kl.kl_panicked, cases[i].panicked);
		free(kl.kl_ring);
	}
}

static void
test_panic_text(void **state)
{
	struct klog kl;

	(void)state;
	klog_init(&kl, NULL);
	take(&kl, "one\r\ntwo\r\npanic: gone\r\nregisters\r\npanic: again");
	assert_string_equal(shown(klog_show_panic, &kl), "panic: gone\nregisters\npanic: again\n");
	free(kl.kl_ring);
}

static void
test_tail(void **state)
{
	struct klog kl;

	(void)state;
	klog_init(&kl, NULL);
	assert_string_equal(shown(show_three, &kl), "");
	take(&kl, "a\nb\n");
	assert_string_equal(shown(show_three, &kl), "a\nb\n");
	take(&kl, "c\nd\ne\n");
	assert_string_equal(shown(show_three, &kl), "c\nd\ne\n");
	take(&kl, "half");
	assert_string_equal(shown(show_three, &kl), "d\ne\nhalf\n");
	free(kl.kl_ring);
}

static void
show_two_before_nmi(const struct klog *kl)
{
	klog_show_tail(kl, 4, 2);
}

/* What came after an NMI is shown whole, with so many lines before it. */
static void
test_nmi(void **state)
{
	struct klog kl;

	(void)state;
	klog_init(&kl, NULL);
	take(&kl, "a\nb\nnmi: CPU 0\n x\nnmi: ending\n");
	assert_false(kl.kl_nmi_done);
	take(&kl, "nmi: e");
	take(&kl, "nd\r\n");
	assert_true(kl.kl_nmi_done);
	assert_string_equal(shown(show_two_before_nmi, &kl),
	    "a\nb\nnmi: CPU 0\n x\nnmi: ending\nnmi: end\n");
	free(kl.kl_ring);
}

static void
test_ring_is_bounded(void **state)
{
	struct klog kl;
	char line[64];
	int i;

	(void)state;
	klog_init(&kl, NULL);
	for (i = 0; i < 100000; i++) {
		snprintf(line, sizeof(line), "line %d of many\n", i);
		klog_take(&kl, line, strlen(line));
	}
	assert_string_equal(shown(show_three, &kl),
	    "line 99997 of many\nline 99998 of many\nline 99999 of many\n");
	/* A panic whose start has been overwritten shows what is left. */
	kl.kl_panicked = true;
	kl.kl_panic_at = 10;
	assert_true(strlen(shown(klog_show_panic, &kl)) > 200000);
	free(kl.kl_ring);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_panic_mark),
		cmocka_unit_test(test_panic_text),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_nmi),
		cmocka_unit_test(test_ring_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
