# SPDX-License-Identifier: BSD-2-Clause
# twenty writers append to one file; wait waits for all
i=0; while [ $i -lt 20 ]; do (echo "line $i" >>log) & i=$((i+1)); done
wait
sort -k2n log
