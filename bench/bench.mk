# SPDX-License-Identifier: BSD-2-Clause

bench-boot:		## boot figures: wall time, instructions to init, image size, smallest memory; Linux beside it
	$(Q)$(MAKE) --no-print-directory build
	$(Q)tools/setup --linux $(BUILD)/linux
	$(Q)bench/boot $(BUILD)

.PHONY: bench-boot

$(BUILD)/bench/measure: bench/measure.c bench/bench.mk
	@mkdir -p $(@D)
	$(Q)musl-gcc -O2 -static -Wall -Wextra -o $@ $<

# The program that is executed again and again: as small as it gets.
$(BUILD)/bench/hello: bench/bench.mk
	@mkdir -p $(@D)
	$(Q)echo 'int main(void) { return 0; }' | musl-gcc -O2 -static -x c -o $@ -

# Runs here, not in the machine.
$(BUILD)/bench/cores: bench/cores.c bench/bench.mk
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -pthread -Wall -Wextra -o $@ $<

BENCH_PROGRAMS := $(BUILD)/bench/measure $(BUILD)/bench/hello $(BUILD)/bench/cores

bench: $(BENCH_PROGRAMS)	## measure everything, Linux beside it: a table, bench/results/*.csv, plots
	$(Q)$(MAKE) --no-print-directory build
	$(Q)tools/setup bench
	$(Q)tools/setup --linux $(BUILD)/linux
	$(Q)bench/bench $(BUILD)

bench-quick: $(BENCH_PROGRAMS)	## the bounds that repeat exactly, in seconds
	$(Q)$(MAKE) --no-print-directory build
	$(Q)bench/bench --quick $(BUILD)

.PHONY: bench bench-quick
