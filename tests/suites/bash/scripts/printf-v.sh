# SPDX-License-Identifier: BSD-2-Clause
# printf -v, %q, %(fmt)T, arrays of arguments
printf -v x '%05d' 42; echo $x; printf '%q\n' 'a b' $'tab\t' "it's"; printf '%(%Y-%m-%d)T\n' 0; printf '%s,' a b c; echo; printf -v 'a[3]' %s el; echo ${a[3]}; printf '%b\n' 'x\ty'
