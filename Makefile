# SPDX-License-Identifier: BSD-2-Clause
#
# Bident: kernel, host command, tests. `make help` lists the targets.
#
# BUILD=DIR builds elsewhere, CONFIG=release|debug|kasan|coverage chooses the kernel (build: release; tests: debug), CC=clang works, V=1 shows commands.

BUILD	?= build
CONFIG	?= release
CC	:= $(if $(filter default,$(origin CC)),gcc,$(CC))
Q	:= $(if $(V),,@)
PREFIX	?= /usr/local
BIDENT_VERSION := 0.1.0

all: build

# --- the kernel: objects by room, from the ground up; a room uses those above it in this list ---

ROOMS	:= kernel/lib kernel/arch/x86_64 kernel/sync kernel/sched kernel/mem kernel/vm kernel/file kernel/fs \
	   kernel/fs/tmpfs kernel/fs/devfs kernel/fs/mqueue kernel/fs/procfs kernel/dev kernel/signal kernel/proc \
	   kernel/watch kernel/abi/linux kernel/abi/netbsd kernel/main

KOBJ	:= $(BUILD)/$(CONFIG)
KSRCS	:= $(foreach room,$(ROOMS),$(sort $(wildcard $(room)/*.c $(room)/*.S)))
KOBJS	:= $(addprefix $(KOBJ)/,$(addsuffix .o,$(basename $(KSRCS))))

KFLAGS	:= -std=gnu17 -ffreestanding -nostdinc -isystem $(shell $(CC) -print-file-name=include) \
	   -Ikernel -Ikernel/arch/x86_64 -m64 -mno-sse -mno-sse2 -mno-mmx -mno-80387 -mcmodel=kernel -mno-red-zone \
	   -fno-pic -fno-pie -fno-stack-protector -fno-omit-frame-pointer -fno-strict-aliasing -fno-common \
	   -fno-asynchronous-unwind-tables -O2 -g -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
	   -Wno-unused-parameter
KFLAGS	+= $(if $(findstring clang,$(CC)),-fsanitize-trap=undefined,)
KFLAGS_debug   := -DDEBUG -DCHAOS -fsanitize=undefined $(if $(findstring clang,$(CC)),,-fsanitize-undefined-trap-on-error) -fno-sanitize=alignment
KFLAGS_release :=
# The address sanitizer and the undefined-behaviour sanitizer with their own last words; gcc only.
KFLAGS_kasan := -DDEBUG -DCHAOS -DKASAN -fsanitize=undefined -fno-sanitize=alignment -fsanitize=kernel-address \
	   -fasan-shadow-offset=0xdffffc0000000000 --param asan-stack=1 --param asan-globals=1 \
	   --param asan-instrumentation-with-call-threshold=0
# Counts of lines and branches in some rooms (kernel/lib/coverage.c); gcc 12 only. Compiled so that a line stays one line.
KFLAGS_coverage := -DDEBUG -DCOVERAGE
COVERAGE_FLAGS := -O1 -fno-inline -fno-if-conversion -fno-if-conversion2 -fno-tree-loop-if-convert -fno-ssa-phiopt \
	   --coverage -fprofile-update=atomic
COVERAGE_ROOMS := kernel/proc kernel/signal kernel/vm
KCFLAGS := $(KFLAGS) $(KFLAGS_$(CONFIG))
NO_KASAN := $(if $(filter kasan,$(CONFIG)),--param asan-stack=0 --param asan-globals=0 --param asan-instrument-reads=0 \
	   --param asan-instrument-writes=0)

-include kernel/arch/x86_64/arch.mk
-include kernel/abi/linux/linux.mk
include host/host.mk
include user/user.mk
-include tests/unit/unit.mk
-include tests/sim/sim.mk
-include tests/tests.mk
-include tests/fuzz/fuzz.mk
-include tests/coverage/coverage.mk
-include tests/netbsd/netbsd.mk
-include tests/suites/suites.mk
-include bench/bench.mk

$(KOBJ)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) $(KCFLAGS) $(ROOM_CFLAGS) -MMD -MP -c -o $@ $<

$(KOBJ)/%.o: %.S Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) $(KCFLAGS) $(ROOM_CFLAGS) -MMD -MP -c -o $@ $<

$(KOBJ)/kernel/abi/linux/%.o: ROOM_CFLAGS = $(LINUX_CFLAGS)
$(filter $(KOBJ)/kernel/abi/linux/%,$(KOBJS)): | $(LINUX_INC)
$(KOBJ)/kernel/mem/%.o: ROOM_CFLAGS = $(NO_KASAN)
$(KOBJ)/kernel/arch/x86_64/kasan.o $(KOBJ)/kernel/arch/x86_64/debug.o: ROOM_CFLAGS = $(NO_KASAN)
$(KOBJ)/kernel/lib/ubsan.o: ROOM_CFLAGS = $(NO_KASAN) $(if $(NO_KASAN),-fno-sanitize=undefined)

ifeq ($(CONFIG),coverage)
$(foreach room,$(COVERAGE_ROOMS),$(KOBJ)/$(room)/%.o): ROOM_CFLAGS = $(COVERAGE_FLAGS) -fprofile-info-section
endif

# All objects of one room: make objs ROOM=kernel/vm
objs: $(filter $(KOBJ)/$(ROOM)/%,$(KOBJS))

# Linked twice: the second time with the table of symbols that backtraces use.
LDSCRIPT := kernel/arch/x86_64/kernel.ld
$(KOBJ)/bident-kernel: $(KOBJS) $(LDSCRIPT) tools/mksyms
	$(Q)printf '%s\n' '.section .rodata' '.globl ksyms, ksyms_end' 'ksyms:' 'ksyms_end:' | $(CC) -m64 -x assembler -c -o $(KOBJ)/ksyms0.o -
	$(Q)ld -m elf_x86_64 -nostdlib -z noexecstack -z max-page-size=4096 --no-warn-rwx-segments -T $(LDSCRIPT) -o $@.tmp $(KOBJS) $(KOBJ)/ksyms0.o
	$(Q)nm -n $@.tmp | tools/mksyms | $(CC) -m64 -x assembler -c -o $(KOBJ)/ksyms.o -
	$(Q)ld -m elf_x86_64 -nostdlib -z noexecstack -z max-page-size=4096 --no-warn-rwx-segments -T $(LDSCRIPT) -o $@.tmp $(KOBJS) $(KOBJ)/ksyms.o
	$(Q)mv $@.tmp $@

-include $(KOBJS:.o=.d)

# The kernel that `bident run` boots, without its debugging information (which stays in $(BUILD)/CONFIG/bident-kernel).
kernel:
	$(Q)$(MAKE) --no-print-directory $(KOBJ)/bident-kernel
	$(Q)objcopy --strip-debug $(KOBJ)/bident-kernel $(BUILD)/bident-kernel$(if $(filter release,$(CONFIG)),,-$(CONFIG))

# --- what users call ---

setup:			## install what is missing (apt)
	$(Q)tools/setup build run

build: kernel $(BUILD)/bident $(BUILD)/bident-init $(BUILD)/bident-root.cpio	## kernel, command and default root in build/

run: setup		## open a shell in the guest, or CMD='...': run one command and report its status
	$(Q)$(MAKE) --no-print-directory build
	$(Q)$(BUILD)/bident run $(RUNFLAGS) -- $(if $(CMD),$(CMD),sh -l)

debug:			## boot the debug kernel halted, with gdb attached
	$(Q)$(MAKE) --no-print-directory build
	$(Q)$(MAKE) --no-print-directory kernel CONFIG=debug
	$(Q)tools/debug $(BUILD)

install: build		## install under PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/bident $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man7
	install -m 755 $(BUILD)/bident $(DESTDIR)$(PREFIX)/bin/bident
	install -m 644 $(BUILD)/bident-kernel $(BUILD)/bident-root.cpio $(DESTDIR)$(PREFIX)/lib/bident/
	install -m 755 $(BUILD)/bident-init $(DESTDIR)$(PREFIX)/lib/bident/
	install -m 644 docs/man/bident.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 docs/man/bident-kernel.7 $(DESTDIR)$(PREFIX)/share/man/man7/

clean:			## remove build/
	rm -rf $(BUILD)

help:			## this list
	@echo "targets:"; sed -n 's/^\([a-z-]*\):[^#]*## *\(.*\)/  \1	\2/p' $(MAKEFILE_LIST) | sort -u | expand -t 20

.PHONY: all objs kernel setup build run debug install clean help
