# SPDX-License-Identifier: BSD-2-Clause
# Tee, named pipes, and several readers.
seq 1 5 | tee a b | wc -l; cmp a b && echo same; echo 6 | tee -a a; wc -l <a
mkfifo p; ls -l p | cut -c1
cat p >got & seq 1 2000 >p; wait; md5sum got; seq 1 2000 | md5sum
(for i in 1 2 3; do echo "message $i"; done >p) & while read -r line; do echo "read $line"; done <p; wait
mkfifo req rep
(while read -r a b; do [ "$a" = quit ] && break; echo $((a + b)) >&4; done <>req 4<>rep) & server=$!
exec 5<>req 6<>rep
for i in 1 2 3 4 5 6 7 8; do echo "$i $((i * 10))" >&5; read -r sum <&6; echo "$i: $sum"; done
echo quit >&5; wait $server; echo "server $?"
exec 3<>p; echo through >&3; read x <&3; echo "$x"; exec 3>&-
mkfifo p 2>/dev/null; echo "exists: $?"
