# SPDX-License-Identifier: BSD-2-Clause
# wait -n takes the first that ends
(sleep 0.4; exit 3) & (sleep 0.05; exit 7) & wait -n; echo $?; wait -n; echo $?; wait -n; echo $?
for i in 1 2 3; do (exit $i) & p[$i]=$!; done; wait -n -p who ${p[2]}; echo $? $([ "$who" = ${p[2]} ] && echo right)
