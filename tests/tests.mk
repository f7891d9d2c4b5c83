# SPDX-License-Identifier: BSD-2-Clause
#
# The tests. Each group is a list of programs that print TAP; tests/run-all gives them to prove. The suites have a fragment of
# their own (tests/suites/suites.mk), and so have the unit tests (tests/unit/unit.mk).

BUILD	?= build
T	:= $(BUILD)/tests
GUEST_CC ?= musl-gcc
GUEST_CFLAGS ?= -std=gnu17 -O1 -Wall -Wextra -Wno-infinite-recursion -fno-toplevel-reorder -idirafter $(T)/inc

GUEST_PROGRAMS := $(basename $(notdir $(wildcard tests/guest/*.c)))
GUEST_BINS := $(GUEST_PROGRAMS:%=$(T)/guest/%)

# Linux's own headers for programs that are built with musl.
$(T)/inc:
	@mkdir -p $@
	$(Q)ln -sfn /usr/include/linux $@/linux
	$(Q)ln -sfn /usr/include/asm-generic $@/asm-generic
	$(Q)ln -sfn /usr/include/x86_64-linux-gnu/asm $@/asm

$(T)/guest/%: tests/guest/%.c tests/guest/tap.h tests/guest/points.h tests/tests.mk | $(T)/inc
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -static -s -o $@ $<

$(T)/stress $(T)/crowd: $(T)/%: tests/stress/%.c tests/stress/census.h tests/tests.mk | $(T)/inc
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -static -s -o $@ $<

$(T)/guest/list: $(GUEST_BINS)
	$(Q)echo $(GUEST_PROGRAMS) >$@

# The root of the guest tests: the default one, with the programs in /tests.
$(T)/guest-root.cpio: $(GUEST_BINS) $(T)/stress $(T)/crowd tests/guest/run-guest tools/mkroot $(BUILD)/bident
	$(Q)rm -rf $(T)/guest-root
	$(Q)tools/mkroot --folder $(T)/guest-root
	$(Q)mkdir $(T)/guest-root/tests
	$(Q)cp $(GUEST_BINS) $(T)/stress $(T)/crowd tests/guest/run-guest $(T)/guest-root/tests
	$(Q)$(BUILD)/bident pack --owner 0:0 $(T)/guest-root >$@.tmp && mv $@.tmp $@

test-tools: $(T)/guest-root.cpio $(T)/guest/list suite-roots netbsd-roots $(HOST_UNIT_TESTS) $(KERNEL_UNIT_TESTS) $(BUILD)/tests/sim/sim $(BUILD)/bench/measure $(BUILD)/bench/hello

test-setup:
	$(Q)tools/setup build run test

test-build: test-setup
	$(Q)$(MAKE) --no-print-directory build
	$(Q)$(MAKE) --no-print-directory kernel CONFIG=debug
	$(Q)$(MAKE) --no-print-directory kernel CONFIG=kasan
	$(Q)$(MAKE) --no-print-directory test-tools

RUN_ALL = BUILD=$(abspath $(BUILD)) MAKE="$(MAKE)" tests/run-all

test: test-build	## every test but the Linux ones; about 20 minutes
	$(Q)$(RUN_ALL) check unit command guest netbsd suites sanitize model sim fuzz stress

test-check: test-build	## layering and style checks alone
	$(Q)$(RUN_ALL) check

test-unit: test-build	## unit tests on the host alone (seconds)
	$(Q)$(RUN_ALL) unit

test-command: test-build	## the bident command alone
	$(Q)$(RUN_ALL) command

test-guest: test-build	## system calls one by one, on 1, 2 and 4 CPUs
	$(Q)$(RUN_ALL) guest

test-netbsd: test-build	## programs of the NetBSD personality
	$(Q)$(RUN_ALL) netbsd

model:	## every state of the model of vfork's holding (Spin; a minute)
	$(Q)tools/setup build test
	$(Q)$(RUN_ALL) model

test-sanitize: test-build	## the guest tests on a kernel with KASAN
	$(Q)$(RUN_ALL) sanitize

stress-chaos: test-build	## the guest tests under SEEDS (200) seeds of bident run --chaos
	$(Q)SEEDS=$${SEEDS:-200} $(RUN_ALL) chaos

test-stress: test-build	## random work for STRESS_SECONDS (default 60) and the census after it
	$(Q)$(RUN_ALL) stress

test-stress-long: test-build	## the same for five minutes
	$(Q)STRESS_SECONDS=$${STRESS_SECONDS:-300} $(RUN_ALL) stress

test-linux: test-build	## the guest tests and suites on Debian's kernel in QEMU
	$(Q)tools/setup --linux $(BUILD)/linux
	$(Q)SUBJECT=linux $(RUN_ALL) guest suites

mutants: test-build	## break the kernel on purpose, a line of docs/spec.md at a time: what notices? (20 minutes)
	$(Q)BUILD=$(abspath $(BUILD)) tools/mutate -j 2

.PHONY: model stress-chaos mutants test-tools test-setup test-build test test-check test-unit test-command test-guest test-netbsd test-sanitize \
	test-stress test-stress-long test-linux
