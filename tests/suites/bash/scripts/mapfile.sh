# SPDX-License-Identifier: BSD-2-Clause
# Mapfile, readarray, read with limits of time and length.
mapfile -t lines < <(printf 'a\nb c\n\nd\n'); echo ${#lines[@]} "[${lines[1]}]" "[${lines[2]}]"
mapfile -t -s 2 -n 3 some < <(seq 1 100); echo "${some[@]}"
mapfile -d '' -t z < <(printf 'x\0y\0'); echo ${#z[@]} "${z[1]}"
mapfile -t -C 'echo callback' -c 2 cb < <(seq 1 4); mapfile -t all < <(seq 1 20000); echo ${#all[@]} "${all[-1]}"
read -r -N 4 x <<<abcdefg; echo "$x"; read -r -d : x <<<'one:two'; echo "$x"; read -rn 2 x <<<xyz; echo "$x"
read -t 0.2 x < <(sleep 1); echo $(($? > 128)); read -t 5 x < <(sleep 0.1; echo in time); echo "$x $?"
read -t 0 x <<<ready; echo $?; read -r a b <<<'only'; echo "[$a][$b]"; IFS=: read -r u v w <<<'1:2:3:4'; echo "$w"
exec {fd}< <(printf '1\n2\n3\n'); read -ru $fd x; read -ru $fd y; echo $x$y; exec {fd}<&-
