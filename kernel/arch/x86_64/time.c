/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time: the processor's cycle counter (TSC), scaled to ns; and each CPU's one-shot timer.
 *
 * The counter's frequency comes, in this order, from what the hypervisor or the processor tell,
 * or from 5 ms of comparison with a clock of known frequency: the APIC timer under QEMU and KVM
 * (it counts ns there), the PIT, ACPI's timer. Each end of the comparison is the best of several
 * readings: a reading that was interrupted for long shows by its width.
 *
 * All CPUs' counters are taken as one. At the start of each CPU that is checked; if they differ,
 * time is forced to go forward by a shared last value (slower, but true to the promise).
 *
 * The timer is TSC-deadline where announced, else the APIC's count-down. It may come early
 * (rounding, a count too short for a far deadline): then it is set again, and nobody hears of it.
 *
 * A write to the timer costs more than most system calls under a hypervisor, and at each switch
 * the deadline changes, mostly to a later one. So the timer is written only for a deadline that
 * is earlier than what it is set for (ca_armed_ns); for a later one, or none, it is left to come
 * early, once.
 */
#include "arch_int.h"

#define CALIBRATE_NS	5000000u
#define PIT_HZ		1193182u
#define PM_HZ		3579545u
#define SCALE		30		/* of tsc_per_ns */

uint64_t tsc_hz;
static uint64_t tsc_base;
static uint64_t ns_per_tsc;		/* * 2^32; 0: not known yet */
static uint64_t tsc_per_ns;		/* * 2^SCALE */
static uint64_t apic_per_ns;		/* * 2^32 */
static uint64_t wall_boot_ns;
static bool use_deadline;
static bool warps;			/* the counters differ */
static uint64_t last_ns;		/* atomic, if warps */
static const char *source;

/* --- reading the clock --- */

uint64_t
arch_time_ns(void)
{
	uint64_t ns, last;

	if (ns_per_tsc == 0)
		return 0;
	ns = (uint64_t)(((unsigned __int128)(rdtsc_ordered() - tsc_base) * ns_per_tsc) >> 32);
	if (likely(!warps))
		return ns;
	last = load_relaxed(&last_ns);
	do {
		if ((int64_t)(ns - last) <= 0)
			return last;
	} while (!atomic_cas(&last_ns, &last, ns));
	return ns;
}

uint64_t
arch_cycles_to_ns(uint64_t cycles)
{
	return (uint64_t)(((unsigned __int128)cycles * ns_per_tsc) >> 32);
}

uint64_t
arch_wall_boot_ns(void)
{
	return wall_boot_ns;
}

void
time_delay_us(uint32_t us)
{
	uint64_t end = arch_time_ns() + us * NSEC_PER_USEC;

	while (arch_time_ns() < end)
		arch_cpu_relax();
}

/* --- the counter's frequency --- */

struct sample {
	uint64_t sa_tsc, sa_width;
	uint32_t sa_ref;
	uint32_t sa_apic;
};

struct reference {
	const char	*r_name;
	uint64_t	 r_hz;
	uint32_t	 r_mask;	/* the counter's width */
	uint32_t	(*r_read)(void);	/* counts up */
	bool		(*r_start)(void);	/* false: there is none */
};

static uint32_t
ref_apic_read(void)
{
	return ~apic_timer_count();
}

static bool
ref_apic_start(void)
{
	return cpu_features.apic_1ghz;
}

static uint32_t
ref_pit_read(void)
{
	uint32_t v;

	outb(0x43, 0x80);		/* latch channel 2 */
	v = inb(0x42);
	return ~(v | (uint32_t)inb(0x42) << 8) & 0xffff;
}

static bool
ref_pit_start(void)
{
	uint32_t first;

	outb(0x61, (uint8_t)((inb(0x61) & ~2u) | 1));	/* gate on, speaker off */
	outb(0x43, 0xb4);			/* channel 2, mode 2, two bytes */
	outb(0x42, 0);
	outb(0x42, 0);
	first = ref_pit_read();
	for (uint32_t i = 0; i < 100; i++) {
		if (ref_pit_read() != first)
			return true;
	}
	return false;
}

static uint32_t
ref_pm_read(void)
{
	uint32_t v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(acpi_pm_timer_port));
	return v & 0xffffff;
}

static bool
ref_pm_start(void)
{
	uint32_t first;

	if (acpi_pm_timer_port == 0)
		return false;
	first = ref_pm_read();
	for (uint32_t i = 0; i < 100; i++) {
		if (ref_pm_read() != first)
			return true;
	}
	return false;
}

static const struct reference references[] = {
	{ "APIC timer", 1000000000, 0xffffffff, ref_apic_read, ref_apic_start },
	{ "PIT", PIT_HZ, 0xffff, ref_pit_read, ref_pit_start },
	{ "ACPI timer", PM_HZ, 0xffffff, ref_pm_read, ref_pm_start },
};

static struct sample
take_sample(const struct reference *r)
{
	struct sample best = { .sa_width = UINT64_MAX };

	for (int i = 0; i < 8; i++) {
		uint64_t before = rdtsc_ordered(), after;
		uint32_t apic = ~apic_timer_count(), ref = r->r_read();

		after = rdtsc_ordered();
		if (after - before < best.sa_width)
			best = (struct sample){ before + (after - before) / 2, after - before, ref,
			    apic };
	}
	return best;
}

static void
compare_with(const struct reference *r)
{
	uint64_t want = r->r_hz * CALIBRATE_NS / NSEC_PER_SEC, ref;
	struct sample a = take_sample(r), b;

	while (((r->r_read() - a.sa_ref) & r->r_mask) < want)
		cpu_pause();
	b = take_sample(r);
	ref = (b.sa_ref - a.sa_ref) & r->r_mask;
	if (tsc_hz == 0) {
		tsc_hz = (b.sa_tsc - a.sa_tsc) * r->r_hz / ref;
		source = r->r_name;
	}
	if (apic_timer_hz == 0)
		apic_timer_hz = (uint64_t)(b.sa_apic - a.sa_apic) * r->r_hz / ref;
}

/* KVM's clock page tells how it scales the counter. */
static uint64_t
kvm_clock_hz(void)
{
	static struct {
		uint32_t version, pad;
		uint64_t tsc, ns;
		uint32_t mul;
		int8_t	 shift;
		uint8_t	 flags, pad2[2];
	} page __aligned(64);
	uint64_t hz;
	uint32_t mul;

	if (cpu_features.kvm_base == 0 || (cpuid(cpu_features.kvm_base + 1, 0).a & 1u << 3) == 0)
		return 0;
	wrmsr(0x4b564d01, kva_to_phys(&page) | 1);
	mul = load_acquire(&page.mul);
	wrmsr(0x4b564d01, 0);
	if (mul == 0 || page.shift < -31 || page.shift > 31)
		return 0;
	hz = (NSEC_PER_SEC << 32) / mul;
	return page.shift >= 0 ? hz >> page.shift : hz << -page.shift;
}

static void
find_frequency(void)
{
	struct cpuid r;

	if (cpu_features.hypervisor && cpuid(0x40000000, 0).a >= 0x40000010 &&
	    (r = cpuid(0x40000010, 0)).a != 0) {
		tsc_hz = r.a * 1000ull;
		source = "hypervisor";
	}
	if (tsc_hz == 0 && (tsc_hz = kvm_clock_hz()) != 0)
		source = "KVM clock";
	if (tsc_hz == 0 && cpuid(0, 0).a >= 0x15) {
		r = cpuid(0x15, 0);
		if (r.a != 0 && r.b != 0 && r.c != 0) {
			tsc_hz = (uint64_t)r.c * r.b / r.a;
			source = "CPUID";
		}
	}
	if (cpu_features.apic_1ghz)
		apic_timer_hz = NSEC_PER_SEC;
	if (tsc_hz != 0 && (apic_timer_hz != 0 || use_deadline))
		return;
	apic_timer_mode(false);
	apic_timer_start(UINT32_MAX);
	for (uint32_t i = 0; i < nitems(references); i++) {
		if (references[i].r_start()) {
			compare_with(&references[i]);
			break;
		}
	}
	apic_timer_start(0);
	if (tsc_hz == 0 || (apic_timer_hz == 0 && !use_deadline))
		panic("time: no clock to compare the processor's with");
}

void
time_init(void)
{
	uint64_t seconds = 0;

	tsc_base = rdtsc_ordered();
	use_deadline = cpu_features.tsc_deadline;
	find_frequency();
	tsc_per_ns = (tsc_hz << SCALE) / NSEC_PER_SEC;
	apic_per_ns = (apic_timer_hz << 32) / NSEC_PER_SEC;
	ns_per_tsc = (NSEC_PER_SEC << 32) / tsc_hz;
	if (rtc_read(&seconds))
		wall_boot_ns = seconds * NSEC_PER_SEC - arch_time_ns();
	time_init_cpu();
	if (cpu_features.hypervisor)
		relax_limit = tsc_hz / 20000;	/* 50 us */
	klog(KLOG_INFO, "time: %lu.%03lu MHz (%s), timer: %s\n", (unsigned long)(tsc_hz / 1000000),
	    (unsigned long)(tsc_hz / 1000 % 1000),
	    source, use_deadline ? "TSC deadline" : "APIC");
}

/* --- the timer --- */

void
time_init_cpu(void)
{
	apic_timer_mode(use_deadline);
	if (!use_deadline)
		apic_timer_start(0);
}

/* 0: it is stopped. */
static void
timer_arm(uint64_t deadline_ns)
{
	uint64_t now = arch_time_ns(), count;

	curcpu()->c_arch.ca_armed_ns = deadline_ns;
	if (use_deadline) {
		uint64_t tsc = tsc_base +
		    (uint64_t)(((unsigned __int128)deadline_ns * tsc_per_ns) >> SCALE);

		wrmsr(MSR_TSC_DEADLINE, deadline_ns == 0 ? 0 : MAX(tsc, 1ull));
		return;
	}
	if (deadline_ns == 0) {
		apic_timer_start(0);
		return;
	}
	count = deadline_ns <= now ? 1 :
	    (uint64_t)(((unsigned __int128)(deadline_ns - now) * apic_per_ns) >> 32) + 1;
	apic_timer_start((uint32_t)MIN(count, (uint64_t)UINT32_MAX));
}

void
arch_timer_set(uint64_t deadline_ns)
{
	struct arch_cpu *ca = &curcpu()->c_arch;

	KASSERT(!arch_intr_enabled());
	ca->ca_deadline_ns = deadline_ns;
	if (deadline_ns != 0 && (ca->ca_armed_ns == 0 || deadline_ns < ca->ca_armed_ns))
		timer_arm(deadline_ns);
}

uint64_t
arch_timer_armed(uint32_t cpu)
{
	return load_relaxed(&cpus[cpu]->c_arch.ca_deadline_ns);
}

void
timer_interrupt(void)
{
	struct arch_cpu *ca = &curcpu()->c_arch;

	ca->ca_armed_ns = 0;
	if (ca->ca_deadline_ns == 0)
		return;
	if (arch_time_ns() < ca->ca_deadline_ns) {
		timer_arm(ca->ca_deadline_ns);
		return;
	}
	ca->ca_deadline_ns = 0;
	sched_timer_interrupt();
}

/*
 * The timer serves as alarm clock under another vector, then goes back to its own work. What it
 * had to say meanwhile is pending, or is found to be late when it is armed again.
 */
void
timer_doze(uint32_t us)
{
	uint64_t tpr = read_cr8();

	apic_timer_vector(VEC_WAKE);
	timer_arm(arch_time_ns() + us * NSEC_PER_USEC);
	write_cr8(VEC_TIMER >> 4);
	__asm__ volatile("sti; hlt; cli" : : : "memory", "cc");
	write_cr8(tpr);
	apic_timer_vector(VEC_TIMER);
	timer_arm(curcpu()->c_arch.ca_deadline_ns);
}

/* --- do two CPUs agree? --- */

#define WARP_ROUNDS	50u

/*
 * The first CPU and the one that starts hand a time stamp to and fro; each must read a later time
 * than the stamp it gets. Differences smaller than a cache line's way are invisible, and harmless
 * for the same reason.
 */
void
time_check_warp(bool first)
{
	static uint64_t stamp, turn;	/* turn: even, the first CPU's */

	if (cpu_features.apic_1ghz && cpu_features.kvm_base == 0)
		return;		/* QEMU's emulation: one counter for all */
	if (first)
		store_release(&turn, 0);
	for (uint32_t i = 0; i < WARP_ROUNDS; i++) {
		uint64_t now;

		while ((load_acquire(&turn) & 1) != (first ? 0u : 1u))
			arch_cpu_relax();
		now = rdtsc_ordered();
		if (load_relaxed(&turn) != 0 && (int64_t)(now - load_relaxed(&stamp)) < 0)
			store_relaxed(&warps, true);
		store_relaxed(&stamp, rdtsc_ordered());
		store_release(&turn, turn + 1);
	}
}
