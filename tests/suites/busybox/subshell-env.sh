# SPDX-License-Identifier: BSD-2-Clause
# subshells do not change their parent's variables, folder or options
x=1; cd /; 
(x=2; cd /tmp; set -f; echo in $x; export y=3)
echo out $x "${y-unset}" "$PWD"
x=5 sh -c 'echo $x'; echo $x
export z=7; sh -c 'echo $z; z=8'; echo $z
f() { local x=9; echo f $x; g; }; g() { echo g $x; }; f; echo $x
env -i a=b sh -c 'echo $a; env' | grep -v -e PWD -e SHLVL -e '^_='
