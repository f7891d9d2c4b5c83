# SPDX-License-Identifier: BSD-2-Clause
# read with -n -d -t -a, and a timeout
read -r -n 3 x <<<abcdef; echo $x; read -r -d : x <<<'a:b'; echo $x; read -r -a w <<<'p q r'; echo ${#w[@]}; read -t 0.1 x < <(sleep 1); [ $? -gt 128 ] && echo timed out; IFS=, read -r a b c <<<'1,2,3'; echo $c
