# SPDX-License-Identifier: BSD-2-Clause
# Umask, chmod in both notations, and what stat shows.
for m in 000 022 027 077 177; do (umask $m; : >f$m; mkdir d$m; stat -c '%a %n' f$m d$m); done
: >f; for m in 600 4755 2750 1777 u=rwx,go=rx a-w u+s,o-rwx +X g=u; do chmod $m f; stat -c "%a %A $m" f; done
umask; umask -S; umask u=rwx,g=rx,o=; umask
mkdir -m 711 dir; stat -c %a dir; mkdir -p x/y/z; stat -c %a x/y
mkdir t; mkdir t/sub; : >t/f; chmod -R 700 t; find t | sort | xargs stat -c '%a %n'
touch -d '2020-01-02 03:04:05' old; stat -c %Y old; date -r old +%F; touch -r old new; stat -c %Y new
[ old -ot f ] && echo older; [ -x t ] && [ ! -u t ] && [ -d t ] && [ -s f ] || echo "f is empty"
chmod 999 f 2>/dev/null; echo $?; chmod 644 no-such 2>/dev/null; echo $?
