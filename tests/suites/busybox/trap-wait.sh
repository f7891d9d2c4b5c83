# SPDX-License-Identifier: BSD-2-Clause
# a trap interrupts wait
trap 'echo trapped' USR1
me=$$
(sleep 0.2; kill -USR1 $me) &
sleep 1 & s=$!
wait $s; [ $? -gt 128 ] && echo interrupted
wait $s; echo $?
wait
