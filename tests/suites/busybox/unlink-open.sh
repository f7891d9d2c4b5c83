# SPDX-License-Identifier: BSD-2-Clause
# files that are removed or replaced while they are read
seq 1 1000 >f; exec 3<f; read -r a <&3; rm f; seq 2001 2003 >f; read -r b <&3; echo $a $b; tail -n 1 <&3; cat f
exec 3<&-; (sleep 0.1; echo late >>log) & : >log; while ! grep -q late log; do sleep 0.05; done; cat log; wait
