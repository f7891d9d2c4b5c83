# SPDX-License-Identifier: BSD-2-Clause
# A recursive build by a small make written in the shell.
cat >mk <<'EOF'
# mk FILE TARGET: builds TARGET by the rules of FILE ("target: needs", "<tab>command") when it is older than a need.
rules=$1 target=$2
needs=$(sed -n "s/^$target: *//p" "$rules")
for need in $needs; do
	grep -q "^$need:" "$rules" && { sh "$MK" "$rules" "$need" || exit 1; }
	[ -e "$need" ] || { echo "mk: no rule to make $need" >&2; exit 2; }
done
stale=0
[ -e "$target" ] || stale=1
for need in $needs; do [ "$need" -nt "$target" ] && stale=1; done
[ $stale = 0 ] && exit 0
sed -n "/^$target:/,/^[^	]/{/^	/s/^	//p}" "$rules" | while IFS= read -r command; do
	echo "$command"
	sh -ec "$command" || exit 1
done
EOF
MK=$PWD/mk
export MK
mkdir -p lib app
for f in one two three; do echo "$f source" >lib/$f.src; echo "[$f]" >lib/$f.hdr; done
echo "main source" >app/main.src
cat >lib/rules <<'EOF'
lib.all: one.obj two.obj three.obj
	cat one.obj two.obj three.obj >lib.all
one.obj: one.src one.hdr
	cat one.hdr one.src | tr a-z A-Z >one.obj
two.obj: two.src two.hdr
	cat two.hdr two.src | tr a-z A-Z >two.obj
three.obj: three.src three.hdr one.hdr
	cat three.hdr one.hdr three.src | tr a-z A-Z >three.obj
EOF
cat >rules <<'EOF'
program: sub main.obj
	cat main.obj lib/lib.all >program
sub:
	cd lib && sh "$MK" rules lib.all
main.obj: app/main.src
	sed 's/source/object/' app/main.src >main.obj
broken: missing.src
	echo never
EOF
sh mk rules program; echo "status $?"
cat program
echo "-- again"
rm program
sh mk rules program; echo "status $?"
echo "-- after a change"
sleep 1.1
echo "one changed" >lib/one.src
rm program
sh mk rules program; echo "status $?"
cat program
sh mk rules broken; echo "status $?"
