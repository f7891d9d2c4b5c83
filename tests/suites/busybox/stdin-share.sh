# SPDX-License-Identifier: BSD-2-Clause
# parent and child read one standard input in turn
seq 1 6 >f
{ read -r a; echo "parent $a"; sh -c 'read -r x; echo "child $x"'; read -r b; echo "parent $b"; cat | tr '\n' ' '; echo; } <f
