# SPDX-License-Identifier: BSD-2-Clause
# GNU sed programs.
seq 1 10 >f; sed -n '2~3p' f; sed '$!N;s/\n/ /' f; sed -E 's/([0-9])/<\1>/g;3q' f; sed '/3/,/5/d' f | wc -l; sed -i.bak '1d' f; wc -l f f.bak; sed -s -n '1p' f f.bak; sed 's/5/five/w out' f >/dev/null; cat out; sed '0~4a\---' f; sed 'y/123/abc/' f | head -4; sed -n '$=' f; sed 1!G\;h\;\$!d f | head -2; printf 'a b\n' | sed 's/\(.\) \(.\)/\U\2\E \1/'; sed --posix -n 3p f; sed -n '/9/{p;q5}' f; echo $?; sed -e ':a' -e '$!{N;ba' -e '}' -e 's/\n/,/g' f; sed 'e echo executed' f | head -2; sed x/y f 2>/dev/null; echo $?
