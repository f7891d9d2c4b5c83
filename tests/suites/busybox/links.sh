# SPDX-License-Identifier: BSD-2-Clause
# ln, readlink, realpath, loops, copies of links
echo data >f; ln f hard; ln -s f soft; ln -s nowhere broken; ln -s soft soft2
readlink soft soft2 broken; readlink -f soft2 | sed 's|.*/||'; realpath soft2 | sed 's|.*/||'
cat soft2; [ -e broken ] || echo broken; [ -L broken ] && echo link
stat -c %h f; rm f; cat hard; cat soft 2>/dev/null || echo gone
ln -s loop loop; cat loop 2>/dev/null || echo loops
cp -a soft copy; readlink copy; ln -sf other soft; readlink soft
mkdir d; ln -s ../hard d/up; cat d/up
