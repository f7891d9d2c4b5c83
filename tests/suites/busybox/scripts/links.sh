# SPDX-License-Identifier: BSD-2-Clause
# Ln, readlink, realpath, and loops of links.
echo data >file; ln -s file s1; ln -s s1 s2; ln file hard
cat s2; readlink s2; readlink -f s2 | sed 's,.*/,,'; realpath s2 | sed 's,.*/,,'; stat -c %h file
ln -s loop2 loop1; ln -s loop1 loop2; cat loop1; echo $?
ln -s nowhere dangling; [ -L dangling ] && [ ! -e dangling ] && echo dangling; readlink -f dangling | sed 's,.*/,,'
rm file; cat s2 2>/dev/null; echo $?; cat hard
mkdir -p dir/sub; ln -s dir dl; echo in >dl/new; ls dir; (cd dl && pwd | sed 's,.*/,,'; cd -P . && pwd | sed 's,.*/,,'; cd .. && ls | wc -l)
ln -sf hard s1; cat s1; ln -s x s1 2>/dev/null; echo $?; ln -sfn sub dl; readlink dl
ln dir dirhard 2>/dev/null; echo $?
i=0; mkdir chain; cd chain; echo end >l0; while [ $i -lt 39 ]; do ln -s l$i l$((i + 1)); i=$((i + 1)); done; cat l39; ln -s l39 l40; ln -s l40 l41; cat l41; echo $?
readlink l0; echo $?; unlink l41; ls | wc -l
