# SPDX-License-Identifier: BSD-2-Clause
# quoting and word splitting
a='x  y'; echo $a "$a" '$a' \$a "\$a" "`echo $a`" "$(echo "$a")"
echo 'it'\''s' "a\"b" a\ b 'new
line'
set -- $a; echo $#; set -- "$a"; echo $#; IFS=,; b=1,2,,3; set -- $b; echo $#
eval 'echo "$1"'; c='echo hi'; $c 2>/dev/null || eval "$c"
