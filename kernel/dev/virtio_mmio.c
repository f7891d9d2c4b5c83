/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtio transport over memory-mapped registers (virtio 1.x, section 4.2), modern devices
 * only, and split virtqueues.
 *
 * Where the devices are stands on the kernel's command line, in Linux's form:
 * virtio_mmio.device=<size>@<address>:<irq>[:<id>], once for each. QEMU's microvm adds the words
 * for the devices that exist.
 *
 * Queues. Every buffer is one descriptor, so the free list is all there is to manage. The lengths
 * and cookies of buffers are kept in our own memory (vq_slot): nothing that the device can write
 * is trusted. An id out of range or not in use, or a used index that ran ahead of what was given,
 * marks the device broken: it is left alone from then on and its driver sees to those who wait.
 *
 * Order of memory accesses: a descriptor is written before the available index that publishes it
 * (release); the index before the device's wish not to be notified is read (full fence); the used
 * index is read before the entries below it (acquire).
 *
 * Interrupts are edges. The status is acknowledged before the queues are looked at: what happens
 * after the look raises the line anew.
 *
 * vd_lock (RANK_VIRTIO) is taken in interrupts; everything under it is short and copies no data.
 */
#include "dev/virtio.h"

#include "arch/arch.h"
#include "dev/dev.h"
#include "mem/cache.h"
#include "mem/page.h"

#define REG_MAGIC		0x000u
#define REG_VERSION		0x004u
#define REG_DEVICE_ID		0x008u
#define REG_FEATURES		0x010u
#define REG_FEATURES_SEL	0x014u
#define REG_DRV_FEATURES	0x020u
#define REG_DRV_FEATURES_SEL	0x024u
#define REG_QUEUE_SEL		0x030u
#define REG_QUEUE_NUM_MAX	0x034u
#define REG_QUEUE_NUM		0x038u
#define REG_QUEUE_READY		0x044u
#define REG_QUEUE_NOTIFY	0x050u
#define REG_INTR_STATUS		0x060u
#define REG_INTR_ACK		0x064u
#define REG_STATUS		0x070u
#define REG_QUEUE_DESC		0x080u	/* low, high */
#define REG_QUEUE_DRIVER	0x090u
#define REG_QUEUE_DEVICE	0x0a0u
#define REG_GENERATION		0x0fcu
#define REG_CONFIG		0x100u

#define MAGIC			0x74726976u
#define STATUS_ACKNOWLEDGE	1u
#define STATUS_DRIVER		2u
#define STATUS_DRIVER_OK	4u
#define STATUS_FEATURES_OK	8u
#define STATUS_FAILED		128u
#define INTR_QUEUE		1u
#define INTR_CONFIG		2u

#define DESC_WRITE		2u	/* the device writes into it */
#define USED_NO_NOTIFY		1u

struct virtq_desc {
	uint64_t	 d_addr;
	uint32_t	 d_len;
	uint16_t	 d_flags;
	uint16_t	 d_next;
};

struct virtq_avail {
	uint16_t	 a_flags;
	uint16_t	 a_idx;
	uint16_t	 a_ring[VIRTQ_MAX];
};

struct virtq_used {
	uint16_t	 u_flags;
	uint16_t	 u_idx;
	struct {
		uint32_t u_id;
		uint32_t u_len;
	} u_ring[VIRTQ_MAX];
};

#define AVAIL_OFFSET	(VIRTQ_MAX * sizeof(struct virtq_desc))
#define USED_OFFSET	roundup2(AVAIL_OFFSET + sizeof(struct virtq_avail) + 2, 8ul)
STATIC_ASSERT(USED_OFFSET + sizeof(struct virtq_used) + 2 <= PAGE_SIZE);

static inline uint32_t
reg_read(struct virtio_dev *vd, uint32_t reg)
{
	return *(volatile uint32_t *)(vd->vd_regs + reg);
}

static inline void
reg_write(struct virtio_dev *vd, uint32_t reg, uint32_t value)
{
	*(volatile uint32_t *)(vd->vd_regs + reg) = value;
}

static void
reg_write64(struct virtio_dev *vd, uint32_t reg, uint64_t value)
{
	reg_write(vd, reg, (uint32_t)value);
	reg_write(vd, reg + 4, (uint32_t)(value >> 32));
}

static void
add_status(struct virtio_dev *vd, uint32_t bits)
{
	reg_write(vd, REG_STATUS, reg_read(vd, REG_STATUS) | bits);
}

/* ---- bringing a device up ---- */

static uint64_t
offered_features(struct virtio_dev *vd)
{
	uint64_t low, high;

	reg_write(vd, REG_FEATURES_SEL, 0);
	low = reg_read(vd, REG_FEATURES);
	reg_write(vd, REG_FEATURES_SEL, 1);
	high = reg_read(vd, REG_FEATURES);
	return low | high << 32;
}

int
virtio_negotiate(struct virtio_dev *vd, uint64_t wanted)
{
	uint64_t features;

	reg_write(vd, REG_STATUS, 0);
	add_status(vd, STATUS_ACKNOWLEDGE);
	add_status(vd, STATUS_DRIVER);
	features = offered_features(vd) & (wanted | VIRTIO_F_VERSION_1);
	if ((features & VIRTIO_F_VERSION_1) == 0)
		return ENODEV;
	reg_write(vd, REG_DRV_FEATURES_SEL, 0);
	reg_write(vd, REG_DRV_FEATURES, (uint32_t)features);
	reg_write(vd, REG_DRV_FEATURES_SEL, 1);
	reg_write(vd, REG_DRV_FEATURES, (uint32_t)(features >> 32));
	add_status(vd, STATUS_FEATURES_OK);
	if ((reg_read(vd, REG_STATUS) & STATUS_FEATURES_OK) == 0)
		return ENODEV;
	vd->vd_features = features;
	return 0;
}

void
virtio_give_up(struct virtio_dev *vd)
{
	reg_write(vd, REG_STATUS, 0);
	add_status(vd, STATUS_FAILED);
}

static void
interrupt(void *arg)
{
	struct virtio_dev *vd = arg;
	uint32_t status;

	spin_lock(&vd->vd_lock);
	for (int round = 0; round < 8 && (status = reg_read(vd, REG_INTR_STATUS)) != 0; round++) {
		reg_write(vd, REG_INTR_ACK, status);
		if ((status & INTR_QUEUE) != 0)
			vd->vd_interrupt(vd);
		if ((status & INTR_CONFIG) != 0 && vd->vd_config != NULL)
			vd->vd_config(vd);
	}
	spin_unlock(&vd->vd_lock);
}

int
virtio_start(struct virtio_dev *vd)
{
	int error;

	if ((error = irq_register(vd->vd_gsi, interrupt, vd)) != 0)
		return error;
	add_status(vd, STATUS_DRIVER_OK);
	return 0;
}

uint32_t
virtio_config32(struct virtio_dev *vd, uint32_t offset)
{
	return reg_read(vd, REG_CONFIG + offset);
}

/* ---- queues ---- */

static void
queue_init(struct virtq *vq)
{
	char *base = vq->vq_page;

	vq->vq_desc = (struct virtq_desc *)base;
	vq->vq_avail = (struct virtq_avail *)(base + AVAIL_OFFSET);
	vq->vq_used = (struct virtq_used *)(base + USED_OFFSET);
	vq->vq_nfree = vq->vq_num;
	for (uint16_t i = 0; i < vq->vq_num; i++)
		vq->vq_slot[i].vs_next = i + 1;
}

static void
queue_tell(struct virtq *vq)
{
	struct virtio_dev *vd = vq->vq_dev;

	reg_write(vd, REG_QUEUE_NUM, vq->vq_num);
	reg_write64(vd, REG_QUEUE_DESC, kva_to_phys(vq->vq_desc));
	reg_write64(vd, REG_QUEUE_DRIVER, kva_to_phys(vq->vq_avail));
	reg_write64(vd, REG_QUEUE_DEVICE, kva_to_phys(vq->vq_used));
	reg_write(vd, REG_QUEUE_READY, 1);
}

int
virtq_create(struct virtio_dev *vd, uint16_t index, uint16_t max, struct virtq **out)
{
	struct virtq *vq;
	struct page *pg;
	uint32_t num = MIN((uint32_t)max, VIRTQ_MAX), most;

	reg_write(vd, REG_QUEUE_SEL, index);
	if ((most = reg_read(vd, REG_QUEUE_NUM_MAX)) == 0 || reg_read(vd, REG_QUEUE_READY) != 0)
		return ENODEV;
	num = MIN(num, most);
	while ((num & (num - 1)) != 0)	/* a power of two, so that 16-bit indices wrap right */
		num &= num - 1;
	if ((vq = kmalloc(sizeof(*vq))) == NULL)
		return ENOMEM;
	if ((pg = page_alloc(0, PG_ZERO)) == NULL) {
		kfree(vq);
		return ENOMEM;
	}
	vq->vq_dev = vd;
	vq->vq_index = index;
	vq->vq_num = (uint16_t)num;
	vq->vq_page = page_kva(pg);
	queue_init(vq);
	queue_tell(vq);
	*out = vq;
	return 0;
}

void
virtq_free(struct virtq *vq)
{
	if (vq == NULL)
		return;
	page_free(phys_to_page(kva_to_phys(vq->vq_page)), 0);
	kfree(vq);
}

bool
virtq_add(struct virtq *vq, paddr_t pa, uint32_t len, bool device_writes, void *cookie)
{
	uint16_t i = vq->vq_free;
	struct virtq_desc *d;

	KASSERT(spin_held(&vq->vq_dev->vd_lock) && cookie != NULL);
	if (vq->vq_nfree == 0 || vq->vq_dev->vd_broken)
		return false;
	vq->vq_free = vq->vq_slot[i].vs_next;
	vq->vq_nfree--;
	vq->vq_slot[i].vs_cookie = cookie;
	vq->vq_slot[i].vs_len = len;
	d = &vq->vq_desc[i];
	d->d_addr = pa;
	d->d_len = len;
	d->d_flags = device_writes ? DESC_WRITE : 0;
	d->d_next = 0;
	vq->vq_avail->a_ring[vq->vq_avail_idx & (vq->vq_num - 1)] = i;
	store_release(&vq->vq_avail->a_idx, ++vq->vq_avail_idx);
	vq->vq_new = true;
	return true;
}

void
virtq_kick(struct virtq *vq)
{
	KASSERT(spin_held(&vq->vq_dev->vd_lock));
	if (!vq->vq_new || vq->vq_dev->vd_broken)
		return;
	vq->vq_new = false;
	atomic_fence();
	if ((load_relaxed(&vq->vq_used->u_flags) & USED_NO_NOTIFY) == 0)
		reg_write(vq->vq_dev, REG_QUEUE_NOTIFY, vq->vq_index);
}

static void
device_broke(struct virtq *vq, const char *what)
{
	struct virtio_dev *vd = vq->vq_dev;

	if (!vd->vd_broken)
		klog(KLOG_ERR, "virtio: device at irq %u, queue %u: %s: not used any more\n",
		    vd->vd_gsi, vq->vq_index, what);
	vd->vd_broken = true;
}

void *
virtq_take(struct virtq *vq, uint32_t *len)
{
	uint16_t idx = load_acquire(&vq->vq_used->u_idx), at = vq->vq_used_idx & (vq->vq_num - 1);
	uint32_t id;
	void *cookie;

	KASSERT(spin_held(&vq->vq_dev->vd_lock));
	if (idx == vq->vq_used_idx || vq->vq_dev->vd_broken)
		return NULL;
	if ((uint16_t)(idx - vq->vq_used_idx) > vq->vq_num - vq->vq_nfree) {
		device_broke(vq, "more buffers used than given");
		return NULL;
	}
	id = load_relaxed(&vq->vq_used->u_ring[at].u_id);
	if (id >= vq->vq_num || vq->vq_slot[id].vs_cookie == NULL) {
		device_broke(vq, "a buffer used that was not given");
		return NULL;
	}
	*len = MIN(load_relaxed(&vq->vq_used->u_ring[at].u_len), vq->vq_slot[id].vs_len);
	vq->vq_used_idx++;
	cookie = vq->vq_slot[id].vs_cookie;
	vq->vq_slot[id].vs_cookie = NULL;
	vq->vq_slot[id].vs_next = vq->vq_free;
	vq->vq_free = (uint16_t)id;
	vq->vq_nfree++;
	return cookie;
}

/* ---- finding devices ---- */

static void
attach(struct virtio_dev *vd)
{
	int error = ENODEV;

	if (vd->vd_id == VIRTIO_ID_CONSOLE)
		error = virtio_console_attach(vd);
	if (error != 0) {
		klog(KLOG_WARN,
		    "virtio: no driver for the device of kind %u at irq %u (error %d)\n", vd->vd_id,
		    vd->vd_gsi, error);
		kfree(vd);	/* the mapping stays */
	}
}

static void
probe(paddr_t base, size_t size, uint32_t gsi)
{
	struct virtio_dev *vd = kmalloc(sizeof(*vd));

	if (vd == NULL || size < REG_CONFIG || (vd->vd_regs = arch_map_mmio(base, size)) == NULL) {
		klog(KLOG_ERR, "virtio: cannot map the device at %#llx\n",
		    (unsigned long long)base);
		kfree(vd);
		return;
	}
	spin_init(&vd->vd_lock, "virtio", RANK_VIRTIO);
	vd->vd_gsi = gsi;
	vd->vd_id = reg_read(vd, REG_DEVICE_ID);
	if (reg_read(vd, REG_MAGIC) != MAGIC || vd->vd_id == 0) {
		kfree(vd);
		return;
	}
	if (reg_read(vd, REG_VERSION) != 2) {
		klog(KLOG_WARN, "virtio: device at irq %u is legacy: left alone\n", gsi);
		kfree(vd);
		return;
	}
	attach(vd);
}

/* <size>@<address>:<irq>; a size may end in K. False: not of this form. */
static bool
parse_word(const char *s, uint64_t *size, paddr_t *base, uint32_t *gsi)
{
	const char *end;

	*size = strtou64(s, &end);
	if (end == s)
		return false;
	if (*end == 'K' || *end == 'k') {
		*size <<= 10;
		end++;
	}
	if (*end != '@')
		return false;
	s = end + 1;
	*base = strtou64(s, &end);
	if (end == s || *end != ':')
		return false;
	s = end + 1;
	*gsi = (uint32_t)strtou64(s, &end);
	return end != s;
}

void
dev_init(const char *cmdline)
{
	static const char word[] = "virtio_mmio.device=";
	const char *s = cmdline;
	uint64_t size;
	paddr_t base;
	uint32_t gsi;

	while ((s = strstr(s, word)) != NULL) {
		bool starts = s == cmdline || s[-1] == ' ' || s[-1] == '\t';

		s += sizeof(word) - 1;
		if (starts && parse_word(s, &size, &base, &gsi))
			probe(base, size, gsi);
	}
}
