# SPDX-License-Identifier: BSD-2-Clause
#
# The process core under schedules that are chosen: the kernel's sources over kernel/arch/host, with a scheduler of the
# simulator's own (machine.c), under the sanitizers. What allocators free is poisoned (KASAN); no stack here is in the direct map.

SIM	:= $(BUILD)/tests/sim
SIM_CFLAGS := $(filter-out -fno-sanitize-recover=all,$(UNIT_CFLAGS)) -fno-sanitize-recover=all -DKASAN -DDIRECT_BASE=UINTPTR_MAX \
	   -Wno-unused-function
SIM_ROOMS := kernel/lib kernel/sync kernel/mem kernel/vm kernel/proc kernel/signal
SIM_KERNEL := $(filter-out kernel/lib/ubsan.c,$(sort $(wildcard $(SIM_ROOMS:%=%/*.c)))) kernel/file/fd.c kernel/file/file.c kernel/file/cwd.c
SIM_HOST := kernel/arch/host/host.c kernel/arch/host/pmap.c tests/unit/proc/stubs_file.c tests/sim/machine.c \
	   tests/sim/host_run.c tests/sim/sim.c
SIM_OBJS := $(patsubst %.c,$(SIM)/obj/%.o,$(SIM_KERNEL) $(SIM_HOST))

$(SIM)/obj/kernel/%.o: SIM_YIELD = -include tests/sim/yield.h
$(SIM)/obj/kernel/arch/%.o: SIM_YIELD =
# The allocators keep their lists in what is free.
$(SIM)/obj/kernel/mem/%.o: SIM_YIELD += -fno-sanitize=address

$(SIM)/obj/%.o: %.c tests/unit/rename.h tests/sim/yield.h tests/sim/sim.mk
	@mkdir -p $(@D)
	$(Q)$(UNIT_CC) $(SIM_CFLAGS) $(SIM_YIELD) -MMD -MP -c -o $@ $<

$(SIM)/sim: $(SIM_OBJS)
	$(Q)$(UNIT_CC) -fsanitize=address,undefined -o $@ $^ -lcmocka

-include $(SIM_OBJS:.o=.d)

sim: $(SIM)/sim	## small races of the process core under chosen schedules, on the host
	$(Q)$(SIM)/sim --runs $${SIM_RUNS:-2000} --step 2 --pairs 1000

.PHONY: sim
