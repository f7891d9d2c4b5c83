# SPDX-License-Identifier: BSD-2-Clause

bench-boot:		## boot figures: wall time, instructions to init, image size, smallest memory; Linux beside it
	$(Q)$(MAKE) --no-print-directory build
	$(Q)tools/setup --linux $(BUILD)/linux
	$(Q)bench/boot $(BUILD)

.PHONY: bench-boot
