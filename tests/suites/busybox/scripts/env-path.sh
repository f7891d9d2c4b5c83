# SPDX-License-Identifier: BSD-2-Clause
# How programs are found on the path.
mkdir one two
printf 'echo from one\n' >one/tool; printf 'echo from two\n' >two/tool; printf 'echo only two\n' >two/other
chmod 755 one/tool two/tool two/other
old=$PATH
PATH=$PWD/one:$PWD/two:$old; tool; other
PATH=$PWD/two:$PWD/one:$old; hash -r; tool
chmod 644 two/tool; hash -r; tool
PATH=$old; hash -r; tool 2>/dev/null; echo $?
PATH=./one:$old tool; ./one/tool; (cd two && ./other)
one/../two/other; env PATH="$PWD/two:$old" sh -c other
