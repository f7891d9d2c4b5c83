#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Packing a folder: everything arrives as it was. Checked with cpio(1) as the other opinion; needs no kernel.
SUBJECT=fake
. "$(dirname "$0")/lib.sh"
command -v cpio >/dev/null || skip_all "no cpio(1)"

r=$work/root
mkdir -p "$r/dir/sub" "$r/empty" "$r/sticky"
chmod 1777 "$r/sticky"
chmod 750 "$r/dir"
echo contents >"$r/dir/file"
: >"$r/empty-file"
printf 'abc' >"$r/odd-size"
head -c 300000 /dev/urandom >"$r/large"
chmod 4755 "$r/large"
ln "$r/dir/file" "$r/hard"
ln "$r/dir/file" "$r/dir/sub/hard2"
ln -s dir/file "$r/soft"
ln -s /no/such/place "$r/dangling"
ln -s / "$r/to-root"
mkfifo "$r/fifo"
printf x >"$r/name with spaces and ü"
printf x >"$r/"$'new\nline'
touch -d '2001-02-03 04:05:06 UTC' "$r/dir/file" "$r/empty" "$r/sticky"
root=0
[[ $(id -u) = 0 ]] && root=1
if ((root)); then
	chown 12:34 "$r/odd-size"
	chown -h 56:78 "$r/soft"
	mknod "$r/null" c 1 3 2>/dev/null
	mknod "$r/block" b 7 0 2>/dev/null
fi

err=$("$BIDENT" pack "$r" 2>&1 >"$work/a.cpio")
is $? 0 "packs"
is "$err" "" "without a word"
mkdir "$work/x"
(cd "$work/x" && cpio -idm --quiet <"$work/a.cpio" 2>"$work/cpio.err")
is $? 0 "cpio unpacks it"

# name, kind and mode, owner, links, size of files, time, target or device. No times of folders: cpio makes
# hard links in them after it has set theirs.
list() {
	(cd "$1" && find . \( -type d -printf '%P|%M|%U:%G|\n' \) -o \( -type l -printf '%P|%M|%U:%G|%n||%l\n' \) \
	    -o -printf '%P|%M|%U:%G|%n|%s|%Ts|\n' | sed 's/\.[0-9]*|/|/' | LC_ALL=C sort)
}
if ((root)); then
	is "$(list "$work/x")" "$(list "$r")" "names, modes, owners, links, sizes, times"
else
	skip "names, modes, owners, links, sizes, times" "only root may give files away"
fi
like "$(TZ=UTC cpio -tvn --quiet <"$work/a.cpio" 2>/dev/null | grep ' sticky$')" "Feb +3 +2001" "times of folders"
(cd "$r" && find . -type f -print0 | xargs -0 md5sum) | LC_ALL=C sort >"$work/want"
(cd "$work/x" && find . -type f -print0 | xargs -0 md5sum) | LC_ALL=C sort >"$work/got"
same_file "$work/got" "$work/want" "contents"
is "$(stat -c %i "$work/x/hard")" "$(stat -c %i "$work/x/dir/sub/hard2")" "hard links are one file"
if ((root)); then
	is "$(stat -c '%t,%T,%F' "$work/x/null" 2>/dev/null)" "$(stat -c '%t,%T,%F' "$r/null" 2>/dev/null)" "a device node"
fi

"$BIDENT" pack "$r" >"$work/b.cpio"
same_file "$work/a.cpio" "$work/b.cpio" "the same folder gives the same bytes"
cp -a "$r" "$work/copy"
"$BIDENT" pack --owner 0:0 --mtime 0 "$r" >"$work/c.cpio"
"$BIDENT" pack --owner 0:0 --mtime 0 "$work/copy" >"$work/d.cpio"
same_file "$work/c.cpio" "$work/d.cpio" "and so does its copy"
like "$(cpio -tvn --quiet <"$work/c.cpio" 2>/dev/null | head -n 1)" "0 +0 .*1970" "--owner and --mtime"

err=$(perl -e 'use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un($ARGV[0]))' "$r/socket"; "$BIDENT" pack "$r" 2>&1 >/dev/null)
like "$err" "left out '.*socket'" "a socket is left out with a word"
rm -f "$r/socket"
if ((root)) && command -v setpriv >/dev/null; then
	chmod 755 "$work"
	mkdir "$work/private"
	echo secret >"$work/private/file"
	echo open >"$work/private/other"
	chmod 600 "$work/private/file"
	cp "$BIDENT" "$work/bident"
	err=$(setpriv --reuid 65534 --clear-groups "$work/bident" pack "$work/private" 2>&1 >"$work/e.cpio")
	is $? 1 "an unreadable file: status 1"
	like "$err" "left out '.*private/file': Permission" "it is named"
	is "$(cpio -t --quiet <"$work/e.cpio" 2>/dev/null)" $'.\nother' "and the rest is there"
else
	skip "an unreadable file" "needs root"
fi
"$BIDENT" pack /no/such 2>/dev/null >/dev/null
is $? 125 "a folder that is not there"

# What the machine is given: the root and the agent, one archive behind the other.
export FAKE_INITRD=$work/initrd
"$BIDENT" pack "$r" >"$work/a.cpio"	# again: the socket has come and gone
bident_run --root "$r" -- true </dev/null 2>/dev/null
is $? 0 "--root DIR"
cmp -s -n "$(stat -c %s "$work/a.cpio")" "$work/a.cpio" "$work/initrd"
ok $? "the root comes first"
tail -c +$(($(stat -c %s "$work/a.cpio") + 1)) "$work/initrd" >"$work/second"
is "$(cpio -t --quiet <"$work/second" 2>/dev/null)" $'dev\nproc\n.bident\n.bident/init' "the agent's archive is behind it"
bident_run --root "$work/a.cpio" -- true </dev/null 2>/dev/null
is $? 0 "--root FILE.cpio"
gzip -9n <"$work/a.cpio" >"$work/a.cpio.gz"
bident_run --root "$work/a.cpio.gz" -- true </dev/null
is $? 0 "--root FILE.cpio.gz"
zipped=$((($(stat -c %s "$work/a.cpio.gz") + 511) / 512 * 512))
tail -c +$((zipped + 1)) "$work/initrd" | cmp -s - "$work/second"
ok $? "the agent's archive is aligned behind it"
like "$(bident_run --mem 8M --root "$work/a.cpio.gz" -- true 2>&1 </dev/null)" "does not fit" "a gzipped root's size is known before booting"
done_testing
