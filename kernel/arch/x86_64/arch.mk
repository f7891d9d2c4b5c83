# SPDX-License-Identifier: BSD-2-Clause
#
# Nothing special: objects are kernel/arch/x86_64/*.c and *.S, the linker script is kernel.ld.
