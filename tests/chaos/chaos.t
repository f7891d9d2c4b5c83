#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The guest tests while the debug kernel schedules by a seed (bident run --chaos): a check a seed, on 2 and 4 CPUs in turn.
#
#   SEEDS=N    how many seeds (default 20; make stress-chaos: 200)      FIRST=N    the first of them (default 1)
#
# Each seed runs two programs of a list that goes round. Not on it: inherit, which compares shares of the CPU (chaos gives them by
# lot), and programs whose time is mostly spent in waiting for clocks or in one process (time, timer, fail, system and others).
here=$(cd "$(dirname "$0")" && pwd)
export BUILD=${BUILD:-$here/../../build} TIMEOUT=${TIMEOUT:-300}
[[ ${SUBJECT:-bident} == bident ]] || { echo "1..0 # SKIP only our kernel has chaos"; exit 0; }
seeds=${SEEDS:-20} first=${FIRST:-1} each=2
programs=(clone fork exec wait hold publish ending thread futex signal vm regions pipe pidfd clone3 procfs rseq prctl)
found=0 checks=0
echo "1..$seeds"
for ((i = 0; i < seeds; i++)); do
	seed=$((first + i))
	cpus=$((seed % 2 ? 2 : 4))
	set=()
	for ((k = 0; k < each; k++)); do
		set+=("${programs[(seed * each + k) % ${#programs[@]}]}")
	done
	out=$("$here/../lib/guest-run" --cpus $cpus --programs "${set[*]}" --chaos $seed 2>&1)
	status=$?
	n=$(grep -c '^ok' <<<"$out")
	checks=$((checks + n))
	if ((status == 0 && n > 0)); then
		echo "ok $((i + 1)) - seed $seed, $cpus CPUs, ${set[*]}: $n checks"
	else
		found=$((found + 1))
		echo "not ok $((i + 1)) - seed $seed, $cpus CPUs, ${set[*]}"
		grep -v '^ok' <<<"$out" | tail -n 120 | sed 's/^#*/#/'
		echo "# once more: tests/lib/guest-run --cpus $cpus --programs '${set[*]}' --chaos $seed"
	fi
done
echo "# $seeds seeds from $first, $checks checks passed, $found seeds failed"
exit $((found > 0))
