# SPDX-License-Identifier: BSD-2-Clause
# case, substring, indirection, transformations
x='hello world'; echo ${x^} ${x^^} ${x:0:5} ${x: -5} ${x/o/0} ${x//o/0} ${x#h*o}; y=x; echo ${!y}; echo ${x@Q} ${x@U}; a=(1 2 3); echo ${a[@]/%/x}; unset z; echo ${z:-d} ${x:+alt}; echo ${!BASH_VERSIN*}; echo $((16#ff)) $((2#1010)) $((3**5)) $((7>3?1:0))
