#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The guest test programs on 2 CPUs under the sanitizers' kernel (CONFIG=kasan). CPUS: another number.
here=$(dirname "$0")
KERNEL=${BUILD:-$here/../../build}/bident-kernel-kasan TIMEOUT=${TIMEOUT:-900} exec "$here/../lib/guest-run" --cpus "${CPUS:-2}" "$@"
