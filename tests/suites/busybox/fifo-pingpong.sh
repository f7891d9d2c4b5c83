# SPDX-License-Identifier: BSD-2-Clause
# a dialogue over two fifos
mkfifo req rep
( while read -r n; do echo $((n * 2)); done <req >rep ) &
exec 3>req 4<rep
for i in 1 2 3 10 100; do echo $i >&3; read -r a <&4; echo "$i -> $a"; done
exec 3>&-; wait; echo end
