# SPDX-License-Identifier: BSD-2-Clause
# Many small programs of a folder, in the order of names.
mkdir parts
for n in 30-last 10-first 20-second; do
	{ echo "#!${PATH%%:*}/sh"; echo "echo part $n \$*; exit 0"; } >parts/$n
	chmod 755 parts/$n
done
: >parts/not-executable.txt
run-parts parts; echo $?
run-parts -a x parts
run-parts --test parts
