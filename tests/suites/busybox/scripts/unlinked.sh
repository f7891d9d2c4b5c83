# SPDX-License-Identifier: BSD-2-Clause
# An open file lives on without its name.
exec 3<>f; echo content >&3; rm f; [ -e f ] || echo "no name"; echo more >&3
exec 4</proc/self/fd/3; cat <&4; exec 3>&- 4<&-
echo a >g; exec 5<g; mv g h; echo b >>h; cat <&5; exec 5<&-
(while [ ! -e stop ]; do sleep 0.02; done; cat <&6) 6<<EOF >late & echo started
kept
EOF
: >stop; wait; cat late
seq 1 1000 >s; exec 7<s; : >s; cat <&7 | wc -l; exec 7<&-
exec 8>>log; echo one >&8; mv log log.1; echo two >&8; exec 8>&-; cat log.1
