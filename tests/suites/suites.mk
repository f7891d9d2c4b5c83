# SPDX-License-Identifier: BSD-2-Clause
#
# The suites: shell scripts that are run on the kernel and on this host, and compared. See tests/suites/suite for what the
# environment chooses (SUBJECT=linux, CPUS=4, ...).

SUITE_ROOTS := $(BUILD)/suites/busybox/.made $(BUILD)/suites/bash/.made $(BUILD)/suites/debian-root/.made
SUITE_RUN = BUILD=$(abspath $(BUILD)) tests/suites/suite

$(BUILD)/suites/busybox/.made: tools/mkroot
	@rm -rf $(@D) && mkdir -p $(@D)
	$(Q)tools/mkroot --folder $(@D)
	$(Q)cat $(@D)/bin/*sh $(@D)/bin/busybox 2>/dev/null | md5sum >$@

$(BUILD)/suites/bash/.made: tools/mkroot /bin/bash-static
	@rm -rf $(@D) && mkdir -p $(@D)
	$(Q)tools/mkroot --folder $(@D)
	$(Q)cp /bin/bash-static $(@D)/bin/bash
	$(Q)cat $(@D)/bin/*sh $(@D)/bin/busybox 2>/dev/null | md5sum >$@

$(BUILD)/suites/debian-root/.made: tests/suites/debian-root/mkroot
	$(Q)tests/suites/debian-root/mkroot $(@D) $(BUILD)/suites/packages
	$(Q)cat $(@D)/bin/*sh $(@D)/bin/busybox 2>/dev/null | md5sum >$@

suite-roots: $(SUITE_ROOTS)

test-suites: test-build suite-roots		## busybox, bash and Debian scripts, compared with the host's
	$(Q)BUILD=$(abspath $(BUILD)) prove $(PROVEFLAGS) tests/suites/*.t

test-busybox: test-build $(BUILD)/suites/busybox/.made	## the busybox scripts alone
	$(Q)$(SUITE_RUN) busybox

test-bash: test-build $(BUILD)/suites/bash/.made		## the bash scripts alone
	$(Q)$(SUITE_RUN) bash

test-debian-root: test-build $(BUILD)/suites/debian-root/.made	## the scripts in a root of Debian's own programs
	$(Q)$(SUITE_RUN) debian-root

.PHONY: suite-roots test-suites test-busybox test-bash test-debian-root
