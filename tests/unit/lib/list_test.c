/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel/lib/list.h */
#include "../unit.h"
#include "lib/list.h"

struct item {
	int		v;
	struct list	link;
};

static void
order_and_removal(void **state)
{
	struct list head = LIST_INIT(head), other = LIST_INIT(other);
	struct item it[6];
	int n = 0;

	(void)state;
	assert_true(list_empty(&head));
	assert_null(list_pop_front(&head));
	for (int i = 0; i < 6; i++) {
		it[i].v = i;
		list_init(&it[i].link);
		assert_false(list_linked(&it[i].link));
	}
	list_push_back(&head, &it[1].link);
	list_push_back(&head, &it[2].link);
	list_push_front(&head, &it[0].link);
	list_insert_after(&it[2].link, &it[3].link);
	list_foreach(i, &head, struct item, link)
		assert_int_equal(i->v, n++);
	assert_int_equal(n, 4);
	assert_int_equal(list_first(&head, struct item, link)->v, 0);
	assert_int_equal(list_last(&head, struct item, link)->v, 3);
	assert_null(list_next(&head, &it[3], struct item, link));
	list_remove(&it[1].link);
	list_remove(&it[1].link);		/* harmless */
	list_push_back(&other, &it[4].link);
	list_push_back(&other, &it[5].link);
	list_splice_back(&head, &other);
	assert_true(list_empty(&other));
	list_splice_back(&head, &other);
	n = 0;
	list_foreach_safe(i, &head, struct item, link) {
		n = n * 10 + i->v;
		list_remove(&i->link);
	}
	assert_int_equal(n, 2345);
	assert_true(list_empty(&head));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(order_and_removal) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
