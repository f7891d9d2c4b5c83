# SPDX-License-Identifier: BSD-2-Clause
#
# Coverage (lcov) of the rooms in COVERAGE_ROOMS, from programs on the host and from the guest tests: docs/assurance.md.

COV	:= $(BUILD)/coverage

# Programs on the host that count; all of them are built under $(COV)/host.
COVERAGE_HOST = $(KERNEL_UNIT_TESTS:$(BUILD)/%=%)

coverage: test-build	## lines and branches that the tests reach: $(BUILD)/coverage/index.html (ten minutes)
	$(Q)tools/setup build run test coverage
	$(Q)$(MAKE) --no-print-directory kernel CONFIG=coverage
	$(Q)$(MAKE) --no-print-directory BUILD=$(COV)/host UNIT_SANITIZE='$(COVERAGE_FLAGS)' $(COVERAGE_HOST:%=$(COV)/host/%)
	$(Q)BUILD=$(abspath $(BUILD)) tools/coverage all $(COVERAGE_ROOMS) -- $(COVERAGE_HOST:%=$(abspath $(COV))/host/%)

.PHONY: coverage
