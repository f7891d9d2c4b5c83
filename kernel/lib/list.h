/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doubly linked circular lists, intrusive. A list is a head (struct list) whose neighbours are
 * its last and first nodes. An initialised node that is on no list points to itself, so
 * list_remove is idempotent and list_linked tells. The caller locks.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list	*next;
	struct list	*prev;
};

#define LIST_INIT(head)	{ &(head), &(head) }

#ifndef container_of
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#endif

static inline void
list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool
list_empty(const struct list *l)
{
	return l->next == l;
}

/* Whether a node is on some list. */
static inline bool
list_linked(const struct list *n)
{
	return n->next != n;
}

static inline void
list_insert_after(struct list *pos, struct list *n)
{
	n->prev = pos;
	n->next = pos->next;
	pos->next->prev = n;
	pos->next = n;
}

static inline void
list_push_front(struct list *head, struct list *n)
{
	list_insert_after(head, n);
}

static inline void
list_push_back(struct list *head, struct list *n)
{
	list_insert_after(head->prev, n);
}

static inline void
list_remove(struct list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	n->next = n->prev = n;
}

static inline struct list *
list_pop_front(struct list *head)
{
	struct list *n = head->next;

	if (n == head)
		return NULL;
	list_remove(n);
	return n;
}

/* Moves all nodes of src to the end of dst; src is empty afterwards. */
static inline void
list_splice_back(struct list *dst, struct list *src)
{
	if (list_empty(src))
		return;
	src->next->prev = dst->prev;
	dst->prev->next = src->next;
	src->prev->next = dst;
	dst->prev = src->prev;
	list_init(src);
}

#define list_entry(ptr, type, member)	container_of(ptr, type, member)
#define list_first(head, type, member) \
	(list_empty(head) ? NULL : list_entry((head)->next, type, member))
#define list_last(head, type, member) \
	(list_empty(head) ? NULL : list_entry((head)->prev, type, member))
#define list_next(head, obj, type, member) \
	((obj)->member.next == (head) ? NULL : list_entry((obj)->member.next, type, member))

#define list_foreach(var, head, type, member) \
	for (type *var = list_entry((head)->next, type, member); &var->member != (head); \
	    var = list_entry(var->member.next, type, member))

/* The body may remove and free var. */
#define list_foreach_safe(var, head, type, member) \
	for (type *var = list_entry((head)->next, type, member), \
	    *var##_next = list_entry(var->member.next, type, member); &var->member != (head); \
	    var = var##_next, var##_next = list_entry(var->member.next, type, member))

#endif
