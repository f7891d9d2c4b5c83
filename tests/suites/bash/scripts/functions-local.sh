# SPDX-License-Identifier: BSD-2-Clause
# dynamic scope, namerefs, recursion, caller
f() { local x=1; g; echo f $x; }; g() { echo g $x; x=2; }; f; declare -n ref=target; target=5; ref=6; echo $target; fact() { (( $1 <= 1 )) && echo 1 || echo $(( $1 * $(fact $(($1 - 1))) )); }; fact 15; h() { caller 0; }; h | cut -d' ' -f1,2; echo ${FUNCNAME[0]-none}
