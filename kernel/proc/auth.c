/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The authorisation layer: the default policy and the stack of listeners.
 *
 * The default policy is the first of the opinions and weighs no more than another: it allows or
 * defers, never denies. So a listener can give a user what the default keeps for root, and can take
 * from root what the default gives.
 *
 * The stack is read under a sleeping lock, so a listener that was unregistered is not running any
 * more. Most kernels have none: then the lock is not touched.
 */
#include "proc/auth.h"
#include "proc/proc_int.h"
#include "sync/rwlock.h"

#define ROOT_RESERVE	5		/* places that only root gets */

static struct rwlock auth_lock;
static struct list auth_listeners = LIST_INIT(auth_listeners);	/* auth_lock */
static uint32_t nlisteners;		/* A  written under auth_lock */

void
auth_init(void)
{
	rw_init(&auth_lock, "auth", RANK_AUTH);
}

static enum auth_verdict
auth_default(const struct auth_request *aq)
{
	if (aq->aq_action == AUTH_FORK && aq->aq_count + ROOT_RESERVE < load_relaxed(&proc_max))
		return AUTH_ALLOW;
	if (!cred_is_root(aq->aq_cred))
		return AUTH_DEFER;
	spin_lock(&aq->aq_proc->p_lock);
	aq->aq_proc->p_acct |= PACCT_SU;
	spin_unlock(&aq->aq_proc->p_lock);
	return AUTH_ALLOW;
}

/* The listeners' opinion on top of the verdict so far. */
static enum auth_verdict
auth_ask_all(const struct auth_request *aq, enum auth_verdict verdict, const char **by)
{
	rw_rdlock(&auth_lock);
	list_foreach(au, &auth_listeners, struct auth_listener, au_link) {
		enum auth_verdict v = au->au_ask(aq, au->au_arg);

		if (v == AUTH_DENY) {
			*by = au->au_name;
			verdict = AUTH_DENY;
			break;
		}
		if (v == AUTH_ALLOW)
			verdict = AUTH_ALLOW;
	}
	rw_unlock(&auth_lock);
	return verdict;
}

int
auth_check(const struct auth_request *aq, const char **by)
{
	enum auth_verdict verdict = auth_default(aq);
	const char *denied_by = NULL;

	if (load_acquire(&nlisteners) != 0)
		verdict = auth_ask_all(aq, verdict, &denied_by);
	if (by != NULL)
		*by = denied_by;
	return verdict == AUTH_ALLOW ? 0 : EPERM;
}

void
auth_cred_fork(const struct cred *cred, struct proc *child)
{
	if (load_acquire(&nlisteners) == 0)
		return;
	rw_rdlock(&auth_lock);
	list_foreach(au, &auth_listeners, struct auth_listener, au_link) {
		if (au->au_cred_fork != NULL)
			au->au_cred_fork(cred, child, au->au_arg);
	}
	rw_unlock(&auth_lock);
}

void
auth_register(struct auth_listener *au)
{
	rw_wrlock(&auth_lock);
	list_push_back(&auth_listeners, &au->au_link);
	store_release(&nlisteners, nlisteners + 1);
	rw_unlock(&auth_lock);
}

void
auth_unregister(struct auth_listener *au)
{
	rw_wrlock(&auth_lock);
	list_remove(&au->au_link);
	store_release(&nlisteners, nlisteners - 1);
	rw_unlock(&auth_lock);
}
