# SPDX-License-Identifier: BSD-2-Clause
# 2,000 forks in a loop
i=0
while [ $i -lt 2000 ]; do (exit $((i & 127))); s=$((s + $?)); i=$((i+1)); done
echo $i $s
