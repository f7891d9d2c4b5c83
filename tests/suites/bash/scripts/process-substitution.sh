# SPDX-License-Identifier: BSD-2-Clause
# <( ) and >( ).
diff <(seq 1 5) <(seq 1 5) && echo same
diff <(printf 'a\nb\n') <(printf 'a\nc\n'); echo $?
cat <(echo one) <(echo two) <(echo three)
paste -d: <(seq 1 3) <(seq 4 6)
while read -r n; do ((sum += n)); done < <(seq 1 100); echo $sum
seq 1 10 | tee >(awk '{ s += $1 } END { print s }' >sum) >/dev/null; for i in {1..50}; do [[ -s sum ]] && break; sleep 0.05; done; cat sum
cat <(cat <(cat <(echo nested)))
f() { cat "$1" "$2"; }; f <(echo x) <(echo y)
wc -l < <(seq 1 20000)
[[ $(echo <(:)) == /dev/fd/* || $(echo <(:)) == *sh-np* ]] && echo a name
exec 5< <(echo kept open); read -r line <&5; echo "$line"; exec 5<&-
sort -m <(seq 1 2 9) <(seq 0 2 8) | tr '\n' ' '; echo
