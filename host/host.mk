# SPDX-License-Identifier: BSD-2-Clause
#
# The host command and the default root.

BUILD ?= build
HOST_CC ?= $(CC)
HOST_CFLAGS ?= -std=gnu17 -O2 -g -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wconversion \
	-Wno-sign-conversion -D_GNU_SOURCE
BIDENT_VERSION ?= 0.1.0

HOST_SRCS := $(addprefix host/, main.c options.c say.c tty.c klog.c pack.c image.c kvmprobe.c qemu.c run.c)
HOST_OBJS := $(HOST_SRCS:%.c=$(BUILD)/%.o)

$(BUILD)/host/%.o: host/%.c host/bident.h kernel/lib/bident_proto.h host/host.mk
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_CFLAGS) -DBIDENT_VERSION='"$(BIDENT_VERSION)"' -c -o $@ $<

$(BUILD)/bident: $(HOST_OBJS)
	$(Q)$(HOST_CC) -o $@ $(HOST_OBJS)

$(BUILD)/bident-root.cpio: tools/mkroot $(BUILD)/bident
	$(Q)tools/mkroot $(BUILD)/bident $@

# Unit tests: programs that print TAP with CMOCKA_MESSAGE_OUTPUT=TAP, under the sanitizers.
HOST_UNIT_TESTS := $(addprefix $(BUILD)/tests/unit/host/, options_test klog_test agent_test)
HOST_TEST_CFLAGS := $(HOST_CFLAGS) -O1 -fsanitize=address,undefined -fno-sanitize-recover=all

$(BUILD)/tests/unit/host/agent_test: tests/unit/host/agent_test.c user/port.c user/spawn.c user/agent.h \
    kernel/lib/bident_proto.h
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_TEST_CFLAGS) -o $@ $(filter %.c,$^) -lcmocka

$(BUILD)/tests/unit/host/%_test: tests/unit/host/%_test.c $(HOST_SRCS) host/bident.h kernel/lib/bident_proto.h
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_TEST_CFLAGS) -o $@ $< $(filter-out host/main.c,$(HOST_SRCS)) -lcmocka
