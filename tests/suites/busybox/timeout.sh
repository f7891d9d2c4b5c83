# SPDX-License-Identifier: BSD-2-Clause
# timeout ends what is too slow
timeout 0.2 sleep 5; echo $?
timeout 5 sh -c 'exit 3'; echo $?
timeout -s KILL 0.2 sleep 5; echo $?
timeout 0.2 sh -c 'trap "echo told; exit 9" TERM; while :; do sleep 0.05; done'; echo $?
