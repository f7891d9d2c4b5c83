# SPDX-License-Identifier: BSD-2-Clause
# #! lines of scripts, with arguments and chains.
sh=${PATH%%:*}/sh; bb=${PATH%%:*}/busybox
printf '#!%s\necho "plain $0 $*"\n' $sh >s1
printf '#!%s -e\necho "with -e: $-" | cut -c1-8; false; echo no\n' $sh >s2
printf '#!%s awk -f\nBEGIN { print "awk", ARGC }\n' $bb >s3
printf 'echo "no line $#"\n' >s4
printf '#!/no/such/interpreter\n' >s5
printf '#! %s sed -n 2p\nline two\n' $bb >s6
printf '#!%s\n' ./s1 >s7
: >s8; mkdir s9
chmod 755 s?
./s1 a 'b c'; ./s2; echo $?; ./s3 x y; ./s4 1 2; ./s5 2>/dev/null; echo $?; ./s7 chain; ./s8; echo $?; ./s9 2>/dev/null; echo $?
chmod 644 s1; ./s1 2>/dev/null; echo $?
./no-such 2>/dev/null; echo $?
printf '\177ELF garbage' >bad; chmod 755 bad; env ./bad 2>/dev/null; echo $?
PATH=.:$PATH; chmod 755 s1; s1 by-path
