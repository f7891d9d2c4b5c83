# SPDX-License-Identifier: BSD-2-Clause
# {var}> and every other form.
exec {a}>fa {b}>fb; echo 1 >&$a; echo 2 >&$b; exec {a}>&- {b}>&-; cat fa fb; ((a >= 10)) && echo above ten
{ echo out; echo err >&2; } &>both; cat both; { echo out; echo err >&2; } &>>both; wc -l <both; { echo e >&2; } |& tr e E
exec 3>&1; x=$( { echo captured; echo direct >&3; } ); exec 3>&-; echo "$x"; echo data 3>&1 >&3 3>&-
cat <fa - <<<stdin; exec 4<>rw; echo abc >&4; cat rw; exec 4>&-; ls /no/such 2>&1 | grep -c 'No such'; >empty; [[ -e empty && ! -s empty ]] && echo empty
(echo x >&9) 2>/dev/null; echo $?; echo hi >>/dev/stderr 2>&1; set -C; (echo y >fa) 2>/dev/null; echo $?; echo z >|fa; cat fa
exec 6<&0 0<fb; read -r l; echo $l; exec 0<&6 6<&-; for f in 1 2 3; do echo $f; done >loop 2>&1; mapfile -t m <loop; echo ${#m[@]}; $(<fb) 2>/dev/null; echo $?
