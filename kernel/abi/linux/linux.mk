# SPDX-License-Identifier: BSD-2-Clause
#
# The Linux personality. Its numbers come from Linux's uapi headers (package linux-libc-dev), reached through
# links in a private folder, since the rest of /usr/include is libc's. Only this room sees them.

LINUX_UAPI_DIR ?= /usr/include
LINUX_UAPI_ASM ?= $(firstword $(wildcard $(LINUX_UAPI_DIR)/x86_64-linux-gnu/asm $(LINUX_UAPI_DIR)/asm))
LINUX_INC := $(addprefix $(BUILD)/inc/, linux asm-generic asm)
LINUX_CFLAGS := -isystem $(BUILD)/inc

$(BUILD)/inc/linux $(BUILD)/inc/asm-generic:
	@mkdir -p $(@D)
	@ln -sfn $(LINUX_UAPI_DIR)/$(@F) $@

$(BUILD)/inc/asm:
	@mkdir -p $(@D)
	@ln -sfn $(LINUX_UAPI_ASM) $@
