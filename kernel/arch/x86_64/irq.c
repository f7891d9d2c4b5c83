/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt lines of devices: the I/O APICs and the handlers. A line is named by its global
 * number (gsi); gsi g has vector VEC_GSI + g, and all go to the first CPU. ISA interrupts are on
 * the line of the same number unless the firmware's tables say otherwise. The old 8259 pair is
 * masked and never used.
 */
#include "arch_int.h"

#define MAX_IOAPIC	8

#define REG_VERSION	0x01u
#define REG_REDIR(pin)	(0x10u + 2 * (pin))
#define REDIR_MASKED	(1u << 16)
#define REDIR_LEVEL	(1u << 15)
#define REDIR_LOW	(1u << 13)

struct ioapic {
	volatile uint8_t *io_regs;
	uint32_t	 io_gsi_base, io_npins, io_id;
};

/* How a line signals that is not edge-triggered and active high. */
#define IRQ_LEVEL	0x1u
#define IRQ_LOW		0x2u

struct irq_line {
	void		(*il_fn)(void *);
	void		*il_arg;
};

struct isa_override {
	bool		 io_valid;
	uint32_t	 io_gsi, io_flags;
};

static struct ioapic ioapics[MAX_IOAPIC];	/* constant after arch_init_late */
static uint32_t nioapic;
static struct isa_override overrides[16];	/* same */
static struct irq_line lines[NGSI];		/* il_fn is set last */
/* guards registers and registration */
static struct spinlock irq_lock = SPINLOCK_INIT("irq", RANK_DEV);

static uint32_t
ioapic_read(const struct ioapic *io, uint32_t reg)
{
	mmio_write32(io->io_regs, reg);
	return mmio_read32(io->io_regs + 0x10);
}

static void
ioapic_write(const struct ioapic *io, uint32_t reg, uint32_t v)
{
	mmio_write32(io->io_regs, reg);
	mmio_write32(io->io_regs + 0x10, v);
}

/* gsi_base UINT32_MAX: after the last one. */
void
ioapic_add(uint32_t id, paddr_t pa, uint32_t gsi_base)
{
	struct ioapic *io = &ioapics[nioapic];

	if (nioapic == MAX_IOAPIC)
		return;
	io->io_regs = arch_map_mmio(pa, 0x20);
	if (io->io_regs == NULL)
		return;
	io->io_id = id;
	io->io_npins = (ioapic_read(io, REG_VERSION) >> 16 & 0xff) + 1;
	if (gsi_base == UINT32_MAX)
		gsi_base = nioapic == 0 ? 0 : ioapics[nioapic - 1].io_gsi_base +
		    ioapics[nioapic - 1].io_npins;
	io->io_gsi_base = gsi_base;
	for (uint32_t pin = 0; pin < io->io_npins; pin++)
		ioapic_write(io, REG_REDIR(pin), REDIR_MASKED);
	nioapic++;
}

uint32_t
ioapic_count(void)
{
	return nioapic;
}

int
ioapic_route(uint32_t gsi, uint32_t vector, uint32_t apicid, bool level, bool low)
{
	for (uint32_t i = 0; i < nioapic; i++) {
		const struct ioapic *io = &ioapics[i];
		uint32_t pin = gsi - io->io_gsi_base;

		if (gsi < io->io_gsi_base || pin >= io->io_npins)
			continue;
		ioapic_write(io, REG_REDIR(pin) + 1, apicid << 24);
		ioapic_write(io, REG_REDIR(pin), vector | (level ? REDIR_LEVEL : 0) |
		    (low ? REDIR_LOW : 0));
		return 0;
	}
	return EINVAL;
}

void
ioapic_set_irq_override(uint32_t isa_irq, uint32_t gsi, bool level, bool low)
{
	if (isa_irq < nitems(overrides))
		overrides[isa_irq] = (struct isa_override){ true, gsi,
		    (level ? IRQ_LEVEL : 0) | (low ? IRQ_LOW : 0) };
}

/* Whether gsi is where the firmware put an ISA interrupt, and how it signals. */
static uint32_t
gsi_flags(uint32_t gsi)
{
	for (uint32_t i = 0; i < nitems(overrides); i++) {
		if (overrides[i].io_valid && overrides[i].io_gsi == gsi)
			return overrides[i].io_flags;
	}
	return 0;
}

int
irq_register(uint32_t gsi, void (*fn)(void *), void *arg)
{
	uint32_t flags = gsi_flags(gsi);
	int error;

	if (gsi >= NGSI)
		return EINVAL;
	spin_lock(&irq_lock);
	if (lines[gsi].il_fn != NULL) {
		spin_unlock(&irq_lock);
		return EBUSY;
	}
	lines[gsi].il_arg = arg;
	store_release(&lines[gsi].il_fn, fn);
	error = ioapic_route(gsi, VEC_GSI + gsi, cpus[0]->c_arch.ca_apic_id,
	    (flags & IRQ_LEVEL) != 0, (flags & IRQ_LOW) != 0);
	if (error != 0)
		lines[gsi].il_fn = NULL;
	spin_unlock(&irq_lock);
	return error;
}

void
irq_dispatch(uint32_t gsi)
{
	struct irq_line *il = &lines[gsi];
	void (*fn)(void *) = load_acquire(&il->il_fn);

	if (fn != NULL)
		fn(il->il_arg);
}

/* Moved off the exceptions' vectors, then masked: a stray one is ignored. */
void
pic_disable(void)
{
	outb(0x20, 0x11);
	outb(0xa0, 0x11);
	outb(0x21, VEC_PIC);
	outb(0xa1, VEC_PIC + 8);
	outb(0x21, 4);
	outb(0xa1, 2);
	outb(0x21, 1);
	outb(0xa1, 1);
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
}
