# SPDX-License-Identifier: BSD-2-Clause
# forty jobs, at most four at a time, by wait -n
run=0; for ((i = 0; i < 40; i++)); do ( sleep 0.0$((i % 5)); exit $((i % 3)) ) & (( ++run == 4 )) && { wait -n; (( run-- )); }; done; wait; echo all
