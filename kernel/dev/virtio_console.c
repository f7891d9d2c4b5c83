/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio serial ports: each port of a virtio console device with VIRTIO_CONSOLE_F_MULTIPORT is a
 * byte stream /dev/vport<unit>p<id>; a named one gets a link /dev/virtio-ports/<name>.
 *
 * Set-up is a talk over the control queues: we say DEVICE_READY; the device announces PORT_ADD
 * for each port; we give it buffers and say PORT_READY; it says PORT_NAME, and PORT_OPEN when
 * something is connected to the port outside. We say PORT_OPEN when a program opens the port and
 * when it closes it: before, the device holds data back. All control messages are handled in
 * interrupts (nothing in that sleeps) but making nodes: attach() waits a moment for the ports and
 * makes theirs. Ports plugged in later have none.
 *
 * Data. A port has NBUF buffers of one page each way. A receive buffer is with the device, then
 * on po_rxq with data in it, then with the device again once it has been read to its end: so a
 * slow reader stops the sender. A transmit buffer is on po_txfree, is filled by a writer, and is
 * with the device until that has taken the bytes. One program at a time has a port open (EBUSY).
 *
 * States of a port: absent -> present (PORT_ADD) -> absent (PORT_REMOVE, or the device broke the
 * rules); connected or not, as the outside says; open or not, as we say. A read of a port that is
 * not connected gives what is left and then end of file, a write waits.
 *
 * vd_lock guards all but the bytes in buffers. po_rdlock makes a reader the only one that
 * consumes po_rxq while it copies; nobody sleeps for data with it held.
 */
#include "arch/arch.h"
#include "dev/virtio.h"
#include "file/file.h"
#include "file/poll.h"
#include "fs/devfs/devfs.h"
#include "mem/cache.h"
#include "mem/page.h"
#include "sync/cv.h"

#define F_MULTIPORT		(1ull << 1)
#define CONFIG_MAX_PORTS	4u

#define NPORTS			16u	/* ports of one device that we drive */
#define NBUF			32u	/* buffers of a port in each direction */
#define NCTL			16u	/* buffers for control messages in each direction */
#define CTL_SIZE		128u	/* bytes of one */
#define NAME_SIZE		64u
#define VPORT_MAJOR		240u
#define ATTACH_WAIT_NS		(100 * NSEC_PER_MSEC)
#define ATTACH_IDLE_NS		(1 * NSEC_PER_MSEC)

enum {
	CTL_DEVICE_READY, CTL_PORT_ADD, CTL_PORT_REMOVE, CTL_PORT_READY, CTL_CONSOLE_PORT,
	    CTL_RESIZE, CTL_PORT_OPEN,
	CTL_PORT_NAME
};

struct ctl_msg {
	uint32_t	 cm_port;
	uint16_t	 cm_event;
	uint16_t	 cm_value;
};

struct buf {
	struct list	 b_link;	/* po_rxq or po_txfree */
	char		*b_kva;		/* a page */
	uint32_t	 b_len;		/* bytes in it */
	uint32_t	 b_off;		/* of these, consumed */
};

/* All guarded by vd_lock but what says otherwise. */
struct port {
	struct vcon	*po_con;	/* constant */
	uint32_t	 po_id;		/* constant */
	struct virtq	*po_rx, *po_tx;	/* constant */
	bool		 po_present;
	bool		 po_connected;	/* something outside has it open */
	bool		 po_open;	/* a program has */
	bool		 po_has_node;	/* attach() only */
	bool		 po_has_link;	/* attach() only */
	char		 po_name[NAME_SIZE];
	struct list	 po_rxq;
	struct list	 po_txfree;
	struct cv	 po_rcv;
	struct cv	 po_wcv;
	struct poll_head po_poll;
	struct mutex	 po_rdlock;
	struct buf	 po_buf[2 * NBUF];	/* first those for receiving */
};

struct vcon {
	struct virtio_dev *vc_dev;
	struct virtq	*vc_ctlrx, *vc_ctltx;
	uint32_t	 vc_nports;
	uint64_t	 vc_ctl_seen;		/* control messages so far */
	char		*vc_ctlpage;		/* NCTL receive buffers, NCTL to send */
	uint32_t	 vc_ctlfree;		/* bit per send buffer */
	struct port	*vc_port[NPORTS];
};

STATIC_ASSERT(2 * NCTL * CTL_SIZE <= PAGE_SIZE);

static struct vcon *vcons[4];		/* by unit; set at boot */
static uint32_t nvcons;

/* ---- control messages ---- */

static char *
ctl_buf(struct vcon *vc, uint32_t i)
{
	return vc->vc_ctlpage + i * CTL_SIZE;
}

static void
ctl_reclaim(struct vcon *vc)
{
	uint32_t len;
	char *p;

	while ((p = virtq_take(vc->vc_ctltx, &len)) != NULL)
		vc->vc_ctlfree |= 1u << ((uint32_t)(p - vc->vc_ctlpage) / CTL_SIZE - NCTL);
}

static void
ctl_send(struct vcon *vc, uint32_t port, uint16_t event, uint16_t value)
{
	struct ctl_msg m = { .cm_port = port, .cm_event = event, .cm_value = value };
	uint32_t i;
	char *p;

	ctl_reclaim(vc);
	if (vc->vc_ctlfree == 0) {
		klog(KLOG_WARN, "vport%u: the device takes no control messages\n",
		    vc->vc_dev->vd_unit);
		return;
	}
	i = (uint32_t)__builtin_ctz(vc->vc_ctlfree);
	p = ctl_buf(vc, NCTL + i);
	memcpy(p, &m, sizeof(m));
	if (!virtq_add(vc->vc_ctltx, kva_to_phys(p), sizeof(m), false, p))
		return;
	vc->vc_ctlfree &= ~(1u << i);
	virtq_kick(vc->vc_ctltx);
}

/* ---- ports ---- */

static void
rx_give(struct port *po, struct buf *b)
{
	b->b_len = b->b_off = 0;
	(void)virtq_add(po->po_rx, kva_to_phys(b->b_kva), PAGE_SIZE, true, b);
}

static void
port_wake(struct port *po, uint32_t events)
{
	if ((events & (POLLIN | POLLHUP)) != 0)
		cv_broadcast(&po->po_rcv);
	if ((events & (POLLOUT | POLLHUP)) != 0)
		cv_broadcast(&po->po_wcv);
	poll_wakeup(&po->po_poll, events);
}

static void
port_connect(struct port *po, bool connected)
{
	if (po->po_connected == connected)
		return;
	po->po_connected = connected;
	port_wake(po, connected ? POLL_WRITE : POLL_READ | POLLHUP);
}

static void
port_add(struct port *po)
{
	if (po->po_present)
		return;
	po->po_present = true;
	ctl_send(po->po_con, po->po_id, CTL_PORT_READY, 1);
}

static void
port_set_name(struct port *po, const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && n < NAME_SIZE - 1 && s[n] > ' ' && s[n] < 127 && s[n] != '/') {
		po->po_name[n] = s[n];
		n++;
	}
	po->po_name[n] = '\0';
	if (po->po_name[0] == '.' && (n == 1 || (n == 2 && po->po_name[1] == '.')))
		po->po_name[0] = '\0';
}

static void
ctl_handle(struct vcon *vc, const char *p, uint32_t len)
{
	struct ctl_msg m;
	struct port *po;

	if (len < sizeof(m))
		return;
	memcpy(&m, p, sizeof(m));
	vc->vc_ctl_seen++;
	if (m.cm_port >= vc->vc_nports)
		return;
	po = vc->vc_port[m.cm_port];
	switch (m.cm_event) {
	case CTL_PORT_ADD:
		port_add(po);
		break;
	case CTL_PORT_REMOVE:
		po->po_present = false;
		port_connect(po, false);
		break;
	case CTL_PORT_OPEN:
		port_connect(po, m.cm_value != 0);
		break;
	case CTL_CONSOLE_PORT:
		ctl_send(vc, po->po_id, CTL_PORT_OPEN, 1);
		break;
	case CTL_PORT_NAME:
		port_set_name(po, p + sizeof(m), len - sizeof(m));
		break;
	}
}

static void
ctl_poll(struct vcon *vc)
{
	char copy[CTL_SIZE];
	uint32_t len;
	char *p;

	ctl_reclaim(vc);
	while ((p = virtq_take(vc->vc_ctlrx, &len)) != NULL) {
		memcpy(copy, p, CTL_SIZE);	/* the device gets the buffer back before its
						 * message is acted on */
		(void)virtq_add(vc->vc_ctlrx, kva_to_phys(p), CTL_SIZE, true, p);
		ctl_handle(vc, copy, len);
	}
	virtq_kick(vc->vc_ctlrx);
}

static void
port_poll_queues(struct port *po)
{
	uint32_t events = 0, len;
	struct buf *b;

	while ((b = virtq_take(po->po_rx, &len)) != NULL) {
		if (len == 0 || !po->po_open) {
			rx_give(po, b);
			continue;
		}
		b->b_len = len;
		b->b_off = 0;
		list_push_back(&po->po_rxq, &b->b_link);
		events |= POLL_READ;
	}
	while ((b = virtq_take(po->po_tx, &len)) != NULL) {
		list_push_back(&po->po_txfree, &b->b_link);
		events |= POLL_WRITE;
	}
	if (!po->po_open)
		virtq_kick(po->po_rx);
	if (events != 0)
		port_wake(po, events);
}

static void
vcon_interrupt(struct virtio_dev *vd)
{
	struct vcon *vc = vd->vd_data;

	ctl_poll(vc);
	for (uint32_t i = 0; i < vc->vc_nports; i++) {
		port_poll_queues(vc->vc_port[i]);
		if (vd->vd_broken)
			port_connect(vc->vc_port[i], false);
	}
}

/* ---- files ---- */

/* 0: there is data, or there will be none (not connected). */
static int
await_data_locked(struct port *po, struct file *f)
{
	struct virtio_dev *vd = po->po_con->vc_dev;

	while (list_empty(&po->po_rxq) && po->po_connected) {
		if (file_nonblock(f))
			return EAGAIN;
		if (cv_wait_sig_spin(&po->po_rcv, &vd->vd_lock) != 0 && list_empty(&po->po_rxq))
			return ERESTART;
	}
	return 0;
}

/* Moves what is there. po_rdlock is held: nobody else takes from po_rxq. */
static int
take_data(struct port *po, struct uio *u)
{
	struct virtio_dev *vd = po->po_con->vc_dev;
	struct buf *b;
	int error = 0;

	spin_lock(&vd->vd_lock);
	while (error == 0 && u->u_resid > 0 &&
	    (b = list_first(&po->po_rxq, struct buf, b_link)) != NULL) {
		size_t before = u->u_resid;

		spin_unlock(&vd->vd_lock);
		error = uio_move(b->b_kva + b->b_off, b->b_len - b->b_off, u);
		b->b_off += (uint32_t)(before - u->u_resid);
		spin_lock(&vd->vd_lock);
		if (b->b_off == b->b_len) {
			list_remove(&b->b_link);
			rx_give(po, b);
		}
	}
	virtq_kick(po->po_rx);
	spin_unlock(&vd->vd_lock);
	return error;
}

static int
vport_read(struct file *f, struct uio *u)
{
	struct port *po = f->f_data;
	struct virtio_dev *vd = po->po_con->vc_dev;
	size_t start = u->u_resid;
	bool eof = false;
	int error = 0;

	while (error == 0 && u->u_resid == start && start != 0 && !eof) {
		spin_lock(&vd->vd_lock);
		error = await_data_locked(po, f);
		eof = list_empty(&po->po_rxq) && !po->po_connected;
		spin_unlock(&vd->vd_lock);
		if (error != 0 || eof)
			break;
		mutex_lock(&po->po_rdlock);	/* another reader may have taken all: then wait
						 * again */
		error = take_data(po, u);
		mutex_unlock(&po->po_rdlock);
	}
	return error;
}

/*
 * A free transmit buffer, taken off the list. What was added before is handed over before a
 * sleep.
 */
static int
get_txbuf_locked(struct port *po, struct file *f, struct buf **out)
{
	struct virtio_dev *vd = po->po_con->vc_dev;

	for (;;) {
		if (list_empty(&po->po_txfree)) {
			virtq_kick(po->po_tx);
			port_poll_queues(po);
		}
		if (!po->po_present || vd->vd_broken)
			return EIO;
		if (po->po_connected && !list_empty(&po->po_txfree))
			break;
		if (file_nonblock(f))
			return EAGAIN;
		if (cv_wait_sig_spin(&po->po_wcv, &vd->vd_lock) != 0 &&
		    (list_empty(&po->po_txfree) || !po->po_connected))
			return ERESTART;
	}
	*out = list_entry(list_pop_front(&po->po_txfree), struct buf, b_link);
	return 0;
}

static int
vport_write(struct file *f, struct uio *u)
{
	struct port *po = f->f_data;
	struct virtio_dev *vd = po->po_con->vc_dev;
	struct buf *b;
	int error = 0;

	spin_lock(&vd->vd_lock);
	while (error == 0 && u->u_resid > 0 && (error = get_txbuf_locked(po, f, &b)) == 0) {
		size_t before = u->u_resid;

		spin_unlock(&vd->vd_lock);
		error = uio_move(b->b_kva, PAGE_SIZE, u);
		b->b_len = (uint32_t)(before - u->u_resid);
		spin_lock(&vd->vd_lock);
		if (b->b_len == 0 || !virtq_add(po->po_tx, kva_to_phys(b->b_kva), b->b_len, false,
		    b))
			list_push_front(&po->po_txfree, &b->b_link);
	}
	virtq_kick(po->po_tx);
	spin_unlock(&vd->vd_lock);
	return error;
}

static uint32_t
vport_poll(struct file *f, struct poll_waiter *w)
{
	struct port *po = f->f_data;
	struct virtio_dev *vd = po->po_con->vc_dev;
	uint32_t events = 0;

	poll_record(w, &po->po_poll);
	spin_lock(&vd->vd_lock);
	if (!list_empty(&po->po_rxq) || !po->po_connected)
		events |= POLL_READ;
	if (po->po_connected && !list_empty(&po->po_txfree))
		events |= POLL_WRITE;
	if (!po->po_connected)
		events |= POLLHUP;
	spin_unlock(&vd->vd_lock);
	return events;
}

static void
vport_close(struct file *f)
{
	struct port *po = f->f_data;
	struct virtio_dev *vd = po->po_con->vc_dev;
	struct list *l;

	spin_lock(&vd->vd_lock);
	po->po_open = false;
	while ((l = list_pop_front(&po->po_rxq)) != NULL)
		rx_give(po, list_entry(l, struct buf, b_link));
	virtq_kick(po->po_rx);
	ctl_send(po->po_con, po->po_id, CTL_PORT_OPEN, 0);
	spin_unlock(&vd->vd_lock);
}

static const struct file_ops vport_ops = {
	.name = "vport",
	.read = vport_read,
	.write = vport_write,
	.poll = vport_poll,
	.close = vport_close,
};

static int
vport_open(struct file *f)
{
	uint32_t minor = DEV_MINOR(f->f_vnode->vn_rdev), unit = minor / NPORTS, id = minor % NPORTS;
	struct virtio_dev *vd;
	struct port *po;
	int error = 0;

	if (unit >= nvcons || id >= vcons[unit]->vc_nports)
		return ENXIO;
	po = vcons[unit]->vc_port[id];
	vd = po->po_con->vc_dev;
	spin_lock(&vd->vd_lock);
	if (!po->po_present || vd->vd_broken) {
		error = ENXIO;
	} else if (po->po_open) {
		error = EBUSY;
	} else {
		po->po_open = true;
		ctl_send(po->po_con, id, CTL_PORT_OPEN, 1);
	}
	spin_unlock(&vd->vd_lock);
	if (error == 0) {
		f->f_ops = &vport_ops;
		f->f_data = po;
	}
	return error;
}

/* ---- attaching ---- */

static void
page_put(char *kva)
{
	if (kva != NULL)
		page_free(phys_to_page(kva_to_phys(kva)), 0);
}

static void
port_free(struct port *po)
{
	if (po == NULL)
		return;
	for (uint32_t i = 0; i < nitems(po->po_buf); i++)
		page_put(po->po_buf[i].b_kva);
	virtq_free(po->po_rx);
	virtq_free(po->po_tx);
	kfree(po);
}

static int
port_create(struct vcon *vc, uint32_t id, struct port **out)
{
	uint16_t queue = (uint16_t)(id == 0 ? 0 : 2 + 2 * id);
	struct port *po = kmalloc(sizeof(*po));
	struct page *pg;
	int error;

	if (po == NULL)
		return ENOMEM;
	*out = po;		/* from here on the caller frees it */
	po->po_con = vc;
	po->po_id = id;
	list_init(&po->po_rxq);
	list_init(&po->po_txfree);
	cv_init(&po->po_rcv, "vportrd");
	cv_init(&po->po_wcv, "vportwr");
	poll_head_init(&po->po_poll);
	mutex_init(&po->po_rdlock, "vport read", RANK_PIPE);
	if ((error = virtq_create(vc->vc_dev, queue, VIRTQ_MAX, &po->po_rx)) != 0 ||
	    (error = virtq_create(vc->vc_dev, queue + 1, VIRTQ_MAX, &po->po_tx)) != 0)
		return error;
	for (uint32_t i = 0; i < nitems(po->po_buf); i++) {
		list_init(&po->po_buf[i].b_link);
		if ((pg = page_alloc(0, PG_ZERO)) == NULL)
			return ENOMEM;
		po->po_buf[i].b_kva = page_kva(pg);
		if (i >= NBUF)
			list_push_back(&po->po_txfree, &po->po_buf[i].b_link);
	}
	return 0;
}

static void
vcon_free(struct vcon *vc)
{
	for (uint32_t i = 0; i < NPORTS; i++)
		port_free(vc->vc_port[i]);
	virtq_free(vc->vc_ctlrx);
	virtq_free(vc->vc_ctltx);
	page_put(vc->vc_ctlpage);
	kfree(vc);
}

/* Everything that needs memory, and the queues, which have to exist before the device starts. */
static int
vcon_build(struct virtio_dev *vd, struct vcon *vc)
{
	struct page *pg;
	int error;

	if ((error = virtio_negotiate(vd, F_MULTIPORT)) != 0)
		return error;
	if ((vd->vd_features & F_MULTIPORT) == 0)
		return ENODEV;
	vc->vc_dev = vd;
	vc->vc_nports = MIN(virtio_config32(vd, CONFIG_MAX_PORTS), NPORTS);
	if ((pg = page_alloc(0, PG_ZERO)) == NULL)
		return ENOMEM;
	vc->vc_ctlpage = page_kva(pg);
	vc->vc_ctlfree = (1u << NCTL) - 1;
	if ((error = virtq_create(vd, 2, NCTL, &vc->vc_ctlrx)) != 0 ||
	    (error = virtq_create(vd, 3, NCTL, &vc->vc_ctltx)) != 0)
		return error;
	for (uint32_t i = 0; i < vc->vc_nports; i++) {
		if ((error = port_create(vc, i, &vc->vc_port[i])) != 0)
			return error;
	}
	return 0;
}

/* Gives all receive buffers to the device, and begins the talk. */
static void
vcon_begin(struct vcon *vc)
{
	spin_lock(&vc->vc_dev->vd_lock);
	for (uint32_t i = 0; i < NCTL; i++)
		(void)virtq_add(vc->vc_ctlrx, kva_to_phys(ctl_buf(vc, i)), CTL_SIZE, true,
		    ctl_buf(vc, i));
	virtq_kick(vc->vc_ctlrx);
	for (uint32_t i = 0; i < vc->vc_nports; i++) {
		struct port *po = vc->vc_port[i];

		for (uint32_t k = 0; k < NBUF; k++)
			rx_give(po, &po->po_buf[k]);
		virtq_kick(po->po_rx);
	}
	ctl_send(vc, 0, CTL_DEVICE_READY, 1);
	spin_unlock(&vc->vc_dev->vd_lock);
}

/* Makes the node of a port that has turned up, and the link when it has a name. */
static void
port_publish(struct port *po)
{
	uint32_t unit = po->po_con->vc_dev->vd_unit;
	char name[32], link[NAME_SIZE + 16], target[40];

	(void)ksnprintf(name, sizeof(name), "vport%up%u", unit, po->po_id);
	if (!po->po_has_node && devfs_register(name, S_IFCHR | 0600,
	    MAKEDEV(VPORT_MAJOR, unit * NPORTS + po->po_id), vport_open) == 0)
		po->po_has_node = true;
	if (po->po_has_node && !po->po_has_link && po->po_name[0] != '\0') {
		(void)ksnprintf(link, sizeof(link), "virtio-ports/%s", po->po_name);
		(void)ksnprintf(target, sizeof(target), "../%s", name);
		(void)devfs_symlink(link, target);
		po->po_has_link = true;
	}
}

/*
 * Waits for the device to announce its ports: until it has been silent for a moment after at
 * least one.
 */
static void
vcon_await_ports(struct vcon *vc)
{
	struct virtio_dev *vd = vc->vc_dev;
	uint64_t start = arch_time_ns(), last = start, seen = 0, now;
	uint32_t found;

	do {
		spin_lock(&vd->vd_lock);
		vcon_interrupt(vd);
		if (vc->vc_ctl_seen != seen)
			last = arch_time_ns();
		seen = vc->vc_ctl_seen;
		spin_unlock(&vd->vd_lock);
		found = 0;
		for (uint32_t i = 0; i < vc->vc_nports; i++) {
			if (vc->vc_port[i]->po_present) {
				port_publish(vc->vc_port[i]);
				found++;
			}
		}
		arch_cpu_relax();
		now = arch_time_ns();
	} while (now - start < ATTACH_WAIT_NS && (found == 0 || now - last < ATTACH_IDLE_NS));
	klog(KLOG_INFO, "vport%u: %u ports, irq %u\n", vd->vd_unit, found, vd->vd_gsi);
}

int
virtio_console_attach(struct virtio_dev *vd)
{
	struct vcon *vc;
	int error;

	if (nvcons == nitems(vcons))
		return ENODEV;
	if ((vc = kmalloc(sizeof(*vc))) == NULL)
		return ENOMEM;
	vd->vd_unit = nvcons;
	vd->vd_data = vc;
	vd->vd_interrupt = vcon_interrupt;
	if ((error = vcon_build(vd, vc)) != 0 || (error = virtio_start(vd)) != 0) {
		virtio_give_up(vd);
		vcon_free(vc);
		return error;
	}
	vcons[nvcons++] = vc;
	vcon_begin(vc);
	vcon_await_ports(vc);
	return 0;
}
