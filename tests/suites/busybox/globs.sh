# SPDX-License-Identifier: BSD-2-Clause
# pathname expansion
touch a1 a2 b1 .hid 'sp ace' '[x]'; mkdir d1; touch d1/in
echo *; echo a?; echo [ab]1; echo [!a]*; echo .h*; echo d*/; echo */in; echo none*; echo "*"; for f in s*; do echo "<$f>"; done
set -f; echo *; set +f; echo \[x\]
x='a*'; echo $x; echo "$x"
