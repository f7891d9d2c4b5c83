# SPDX-License-Identifier: BSD-2-Clause
# mapfile with counts, origin, callback
seq 1 10 >f; mapfile -t -n 3 a <f; echo "${a[@]}"; mapfile -t -s 7 a <f; echo "${a[@]}"; cb() { echo "at $1"; }; mapfile -t -C cb -c 5 a <f; mapfile -d , -t c <<<'x,y,z'; echo ${#c[@]}
