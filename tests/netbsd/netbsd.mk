# SPDX-License-Identifier: BSD-2-Clause
#
# Programs of the NetBSD personality: no libc but tests/netbsd/nb.h.

NETBSD_CFLAGS := -std=gnu17 -O1 -Wall -Wextra -ffreestanding -fno-stack-protector -fcf-protection=none -mno-red-zone \
	-fno-asynchronous-unwind-tables -fno-toplevel-reorder -static -nostdlib -Wl,--build-id=none -Wl,-z,noexecstack
NETBSD_PROGRAMS := $(basename $(notdir $(wildcard tests/netbsd/*.c)))
NETBSD_PROGRAMS += basic-pie
NETBSD_BINS := $(NETBSD_PROGRAMS:%=$(T)/netbsd/%)

# The basic checks once more, at whatever address.
$(T)/netbsd/basic-pie: tests/netbsd/basic.c tests/netbsd/nb.h tests/netbsd/netbsd.mk
	@mkdir -p $(@D)
	$(Q)gcc $(filter-out -static,$(NETBSD_CFLAGS)) -fpie -static-pie -s -o $@ $<

$(T)/netbsd/%: tests/netbsd/%.c tests/netbsd/nb.h tests/netbsd/netbsd.mk
	@mkdir -p $(@D)
	$(Q)gcc $(NETBSD_CFLAGS) -fno-pie -no-pie -s -o $@ $<

$(T)/netbsd/list: $(NETBSD_BINS)
	$(Q)echo $(NETBSD_PROGRAMS) >$@

# The root: the default one, with the programs in /tests.
$(T)/netbsd-root.cpio: $(NETBSD_BINS) tests/guest/run-guest tools/mkroot $(BUILD)/bident
	$(Q)rm -rf $(T)/netbsd-root
	$(Q)tools/mkroot --folder $(T)/netbsd-root
	$(Q)mkdir $(T)/netbsd-root/tests
	$(Q)cp $(NETBSD_BINS) tests/guest/run-guest $(T)/netbsd-root/tests
	$(Q)$(BUILD)/bident pack --owner 0:0 $(T)/netbsd-root >$@.tmp && mv $@.tmp $@

# Go's programs, where there is its compiler (tools/setup test installs it). Its standard library is compiled once.
NETBSD_GO := $(patsubst tests/netbsd/go/%.go,$(T)/netbsd-go/%,$(wildcard tests/netbsd/go/*.go))

$(T)/netbsd-go/%: tests/netbsd/go/%.go
	@mkdir -p $(@D)
	$(Q)GOOS=netbsd GOARCH=amd64 CGO_ENABLED=0 GO111MODULE=off GOCACHE=$(abspath $(T))/go-cache go build -ldflags='-s -w' -o $@ $<

$(T)/netbsd-go.cpio: $(NETBSD_GO) tools/mkroot $(BUILD)/bident
	$(Q)rm -rf $(T)/netbsd-go-root
	$(Q)tools/mkroot --folder $(T)/netbsd-go-root
	$(Q)mkdir $(T)/netbsd-go-root/tests
	$(Q)cp $(NETBSD_GO) $(T)/netbsd-go-root/tests
	$(Q)$(BUILD)/bident pack --owner 0:0 $(T)/netbsd-go-root >$@.tmp && mv $@.tmp $@

netbsd-roots: $(T)/netbsd-root.cpio $(T)/netbsd/list $(if $(shell command -v go),$(T)/netbsd-go.cpio)

.PHONY: netbsd-roots
