# SPDX-License-Identifier: BSD-2-Clause
# 500 processes alive at once
i=0
mkfifo gate
while [ $i -lt 500 ]; do (read -r x <gate; exit 0) & i=$((i+1)); done
sleep 60 >gate & holder=$!
exec 3>gate
echo $i started
i=0; while [ $i -lt 500 ]; do echo go; i=$((i+1)); done >&3
kill $holder
exec 3>&-
wait
echo all ended
