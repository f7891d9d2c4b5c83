# SPDX-License-Identifier: BSD-2-Clause
# a here-document of 200 KB through a pipe
{ i=0; echo "cat <<END | md5sum"; while [ $i -lt 4000 ]; do echo "line $i of the long document, with some words in it"; i=$((i+1)); done; echo END; } >big
. ./big
wc -c <big
