# SPDX-License-Identifier: BSD-2-Clause
# tee into files and fifos
mkfifo p q
cat p >out1 & cat q >out2 &
seq 1 3000 | tee p q | tail -n 1
wait
cmp out1 out2 && wc -l <out1
echo again | tee -a out1 >/dev/null; tail -n 1 out1
