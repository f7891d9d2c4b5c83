# SPDX-License-Identifier: BSD-2-Clause
#
# The system-call fuzzer.

FUZZ_SRCS := $(wildcard tests/fuzz/*.c)

$(T)/fuzz: $(FUZZ_SRCS) tests/fuzz/fuzz.h tests/stress/census.h tests/fuzz/fuzz.mk | $(T)/inc
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -static -s -o $@ $(FUZZ_SRCS)

$(T)/fuzz-root.cpio: $(T)/fuzz tools/mkroot $(BUILD)/bident
	$(Q)rm -rf $(T)/fuzz-root
	$(Q)tools/mkroot --folder $(T)/fuzz-root
	$(Q)mkdir $(T)/fuzz-root/tests
	$(Q)cp $(T)/fuzz $(T)/fuzz-root/tests
	$(Q)$(BUILD)/bident pack --owner 0:0 $(T)/fuzz-root >$@.tmp && mv $@.tmp $@

test-tools: $(T)/fuzz-root.cpio

fuzz: test-build	## random system calls for FUZZ_SECONDS (60) from FUZZ_SEED (the time)
	$(Q)$(RUN_ALL) fuzz

.PHONY: fuzz
