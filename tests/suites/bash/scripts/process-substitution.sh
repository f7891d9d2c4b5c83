# SPDX-License-Identifier: BSD-2-Clause
# <( ) and >( ) through /dev/fd
diff <(seq 1 5) <(seq 2 6)
cat <(echo one) <(echo two) <(echo three)
while read -r a b; do echo "$b $a"; done < <(printf '1 x\n2 y\n')
paste <(seq 1 3) <(printf 'a\nb\nc\n')
seq 1 100 > >(tail -n 1 >last); sleep 0.3; cat last
wc -l < <(seq 1 5000)
