# SPDX-License-Identifier: BSD-2-Clause
# umask, chmod in words, stat
umask; umask 027; umask; echo x >f; mkdir d; stat -c '%a %A' f d
chmod u+x,g-r,o=r f; stat -c %a f; chmod 4711 f; stat -c %A f; chmod a=rw f; stat -c %a f
umask -S; mkdir -m 700 e; stat -c %a e; mkdir -p x/y/z; find x | sort
