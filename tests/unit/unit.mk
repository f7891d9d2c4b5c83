# SPDX-License-Identifier: BSD-2-Clause
#
# Unit tests of the kernel on the host: kernel/lib, sync, mem and vm over kernel/arch/host, with the sanitizers. One program for each
# tests/unit/ROOM/NAME_test.c; it prints TAP when CMOCKA_MESSAGE_OUTPUT=TAP.

UNIT	:= $(BUILD)/tests/unit/kernel
UNIT_CC	?= $(CC)
# make coverage gives other instrumentation.
UNIT_SANITIZE ?= -fsanitize=address,undefined -fno-sanitize=alignment -fno-sanitize-recover=all
UNIT_CFLAGS := -std=gnu17 -O1 -g -DDEBUG -Ikernel -Ikernel/arch/host -include tests/unit/rename.h -fno-builtin \
	   -fno-strict-aliasing -fno-omit-frame-pointer $(UNIT_SANITIZE) -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wno-unused-parameter
UNIT_ROOMS := kernel/lib kernel/sync kernel/mem kernel/vm kernel/arch/host
UNIT_OBJS := $(patsubst %.c,$(UNIT)/%.o,$(foreach room,$(UNIT_ROOMS),$(sort $(wildcard $(room)/*.c))))
# Processes and signals as well, over stubs of scheduler and files.
UNIT_PROC_OBJS := $(patsubst %.c,$(UNIT)/%.o,$(sort $(wildcard kernel/proc/*.c kernel/signal/*.c)) kernel/file/fd.c kernel/file/file.c \
	   kernel/file/cwd.c tests/unit/proc/stubs.c tests/unit/proc/stubs_file.c)
UNIT_SRCS := $(sort $(wildcard tests/unit/lib/*_test.c tests/unit/mem/*_test.c tests/unit/vm/*_test.c tests/unit/proc/*_test.c \
	   tests/unit/file/*_test.c))
KERNEL_UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(UNIT_SRCS))

$(UNIT)/%.o: %.c tests/unit/rename.h tests/unit/unit.mk
	@mkdir -p $(@D)
	$(Q)$(UNIT_CC) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

$(KERNEL_UNIT_TESTS): $(BUILD)/tests/unit/%: $(UNIT)/tests/unit/%.o $(UNIT_OBJS)
	@mkdir -p $(@D)
	$(Q)$(UNIT_CC) $(UNIT_SANITIZE) -o $@ $^ -lcmocka

$(filter $(BUILD)/tests/unit/proc/% $(BUILD)/tests/unit/file/%,$(KERNEL_UNIT_TESTS)): $(UNIT_PROC_OBJS)

.SECONDARY: $(UNIT_OBJS) $(UNIT_PROC_OBJS) $(patsubst %.c,$(UNIT)/%.o,$(UNIT_SRCS))
-include $(UNIT_OBJS:.o=.d) $(UNIT_PROC_OBJS:.o=.d) $(patsubst %.c,$(UNIT)/%.d,$(UNIT_SRCS))

unit-kernel: $(KERNEL_UNIT_TESTS)	## the kernel's unit tests alone
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP prove -e 'timeout 120' $(KERNEL_UNIT_TESTS)

.PHONY: unit-kernel
