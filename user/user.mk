# SPDX-License-Identifier: BSD-2-Clause
#
# The agent that runs as process 1 in the guest: static, small, and the same file for our kernel and for Linux.
# musl gives a third of the size, where it is installed; glibc does as well.

BUILD ?= build
USER_CC ?= $(if $(wildcard /usr/bin/musl-gcc),musl-gcc,$(CC))
USER_CFLAGS ?= -std=gnu17 -O2 -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wconversion -Wno-sign-conversion \
	-D_GNU_SOURCE -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections

USER_SRCS := user/init.c user/port.c user/spawn.c user/relay.c
USER_OBJS := $(USER_SRCS:%.c=$(BUILD)/%.o)

$(BUILD)/user/%.o: user/%.c user/agent.h kernel/lib/bident_proto.h user/user.mk
	@mkdir -p $(@D)
	$(Q)$(USER_CC) $(USER_CFLAGS) -c -o $@ $<

$(BUILD)/bident-init: $(USER_OBJS)
	$(Q)$(USER_CC) -static -Wl,--gc-sections -Wl,-z,noexecstack -s -o $@ $(USER_OBJS)
