# SPDX-License-Identifier: BSD-2-Clause

bench-boot:		## boot figures: wall time, instructions to init, image size, smallest memory; Linux beside it
	$(Q)$(MAKE) --no-print-directory build
	$(Q)tools/setup --linux $(BUILD)/linux
	$(Q)bench/boot $(BUILD)

.PHONY: bench-boot

$(BUILD)/bench/forks: bench/forks.c bench/bench.mk
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -static -Wall -Wextra -o $@ $<

bench-forks: $(BUILD)/bench/forks	## how fork, exit and wait scale over CPUs (CPUS=2)
	$(Q)$(MAKE) --no-print-directory build
	$(Q)bench/forks $(BUILD) $(or $(CPUS),2)
.PHONY: bench-forks
