# SPDX-License-Identifier: BSD-2-Clause
# 300 programs run one after another
i=0
while [ $i -lt 300 ]; do /bin/busybox true; i=$((i+1)); done
echo $i
