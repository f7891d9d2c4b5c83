# SPDX-License-Identifier: BSD-2-Clause
# Command substitution nested 20 deep.
x=$(echo 1 $(echo 2 $(echo 3 $(echo 4 $(echo 5 $(echo 6 $(echo 7 $(echo 8 $(echo 9 $(echo 10 $(echo 11 $(echo 12 $(echo 13 \
    $(echo 14 $(echo 15 $(echo 16 $(echo 17 $(echo 18 $(echo 19 $(echo 20))))))))))))))))))))
echo "$x"
deep() { if [ "$1" -gt 0 ]; then echo "$1 $(deep $(($1 - 1)))"; else sh -c 'echo bottom'; fi; }
deep 20
old=`echo a \`echo b \\\`echo c\\\`\``
echo "$old"
