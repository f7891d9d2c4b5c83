#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The command line: help, mistakes, and what QEMU is asked for. Needs no kernel.
SUBJECT=fake
. "$(dirname "$0")/lib.sh"

# trouble PATTERN NAME ARGS...: status 125, nothing on standard output, PATTERN on standard error
trouble() {
	local pattern=$1 name=$2 out status
	shift 2
	out=$("$BIDENT" "$@" 2>"$work/err" </dev/null)
	status=$?
	is "$status" 125 "$name: status 125"
	is "$out" "" "$name: nothing on standard output"
	like "$(<"$work/err")" "^bident: .*$pattern|^usage" "$name: says so"
}

out=$("$BIDENT" --help); is $? 0 "--help"
like "$out" "usage: bident run" "--help tells the usage"
out=$("$BIDENT" run --help); is $? 0 "run --help"
for option in root cpus mem append fail chaos probe accel virtual-time timeout kernel-log verbose; do
	like "$out" "--$option" "run --help has --$option"
done
like "$("$BIDENT" --version)" "^bident [0-9]" "--version"

trouble "usage" "no arguments"
trouble "unknown command 'fly'.*--help" "an unknown command" fly
trouble "unknown option '--fly'.*--help" "an unknown option" run --fly -- true
trouble "unknown option '-x'.*--help" "an unknown letter" run -x -- true
trouble "'--mem' wants a value" "a missing value" run --mem
trouble "--mem '12Q'.*64M" "a bad size" run --mem 12Q -- true
trouble "--mem '-1'" "a negative size" run --mem -1 -- true
trouble "--mem '1M': must be from" "a tiny size" run --mem 1M -- true
trouble "--cpus '0'.*1 to 16" "no CPUs" run --cpus 0 -- true
trouble "--cpus '17'.*1 to 16" "too many CPUs" run --cpus 17 -- true
trouble "--cpus 'two'" "CPUs in words" run --cpus two -- true
trouble "--accel 'fast'.*auto, kvm or tcg" "an unknown accelerator" run --accel fast -- true
trouble "--timeout '0'" "no time" run --timeout 0 -- true
trouble "--timeout 'soon'" "time in words" run --timeout soon -- true
trouble "--virtual-time.*--cpus 2" "virtual time on two CPUs" run --virtual-time --cpus 2 -- true
trouble "--virtual-time.*kvm" "virtual time on KVM" run --virtual-time --accel kvm -- true
trouble "--fail 'fork.files:0': .*fork.files:3" "the pass before the first" run --fail fork.files:0 -- true
trouble "--fail 'fork files'" "a failure with a blank" run --fail "fork files" -- true
trouble "--fail 'fork.files=11'" "an error as a number" run --fail fork.files=11 -- true
trouble "--fail 'fork.files:1 tree=3'" "a failure with a scope" run --fail "fork.files:1 tree=3" -- true
trouble "--probe 'a b'.*proc:::create" "a probe with a blank" run --probe "a b" -- true
trouble "--fail and --probe.*--linux" "failures on Linux" run --linux /tmp --fail fork.files:1 -- true
trouble "--chaos 'dice'.*number" "a seed in words" run --chaos dice -- true
trouble "--chaos '-1'.*number" "a negative seed" run --chaos -1 -- true
trouble "--chaos is for the Bident kernel.*--linux" "chaos on Linux" run --linux /tmp --chaos 1 -- true
trouble "kernel image '/no/such'" "a kernel that is not there" run --kernel /no/such -- true
trouble "'/no/such/root'.*No such" "a root that is not there" run --root /no/such/root -- true
echo hello >"$work/text"
trouble "text' is neither a folder nor a cpio" "a root that is no archive" run --root "$work/text" -- true
trouble "neither a folder nor an archive" "a root that is a device" run --root /dev/null -- true
trouble "kernel log to '/no/such/log'" "a log that cannot be written" run --kernel-log /no/such/log -- true
BIDENT_QEMU=no-such-qemu trouble "cannot find 'no-such-qemu'.*apt install qemu-system-x86.*BIDENT_QEMU" "no QEMU" run -- true
FAKE=refuse trouble "QEMU did not run the machine" "QEMU fails" run -- true
like "$(<"$work/err")" "there is no such machine" "and what it said is shown"
mkdir "$work/root"
head -c 20000000 /dev/zero >"$work/root/file"
trouble "does not fit into 32 MiB of memory: it needs --mem [45][0-9]M" "a root that is too large" run --mem 32M --root "$work/root" -- true
truncate -s 5G "$work/root/huge"
trouble "huge' has 5120 MiB: an archive cannot hold" "a file that is too large" run --root "$work/root" -- true
rm "$work/root/huge"
# A copy of the command alone has no parts beside it.
cp "$BIDENT" "$work/bident"
out=$(BIDENT_KERNEL='' "$work/bident" run -- true 2>&1 </dev/null); is $? 125 "no kernel image: status 125"
like "$out" "no kernel image.*--kernel FILE" "no kernel image: says so"
out=$("$work/bident" run -- true 2>&1 </dev/null); is $? 125 "no default root: status 125"
like "$out" "no default root.*--root DIR" "no default root: says so"
mkdir -p "$work/prefix/bin" "$work/prefix/lib/bident"
cp "$BIDENT" "$work/prefix/bin/"
cp "$BUILD/bident-init" "$BUILD/bident-root.cpio" "$work/prefix/lib/bident/"
ln -s "$work/prefix/bin/bident" "$work/link"
out=$(cd / && "$work/link" run -- echo fine </dev/null); is "$out" fine "installed, and called by a link from elsewhere"

# What QEMU is asked for.
export FAKE_ARGS=$work/args
asked() { tr '\n' ' ' <"$work/args"; }
bident_run -- true </dev/null
like "$(asked)" "-smp 1 -m 262144k" "one CPU and 256 MiB"
like "$(asked)" "-accel tcg -cpu max" "the emulator with all features"
like "$(asked)" "-append init=/.bident/init " "the kernel's parameters"
bident_run --cpus 4 --mem 1G --append "debug=1 x=2" --append y=3 -- true </dev/null
like "$(asked)" "-smp 4 -m 1048576k" "four CPUs and 1 GiB"
like "$(asked)" "-append init=/.bident/init debug=1 x=2 y=3 " "more parameters"
bident_run --virtual-time -- true </dev/null
like "$(asked)" "-accel tcg,thread=single .*-smp 1 .*-icount shift=0,sleep=off -rtc base=2024-01-01,clock=vm -seed 1" "virtual time"
for size in 64 64M 64m 65536K 64MiB; do
	bident_run --mem $size -- true </dev/null
	like "$(asked)" "-m 65536k" "--mem $size is 64 MiB"
done
unset FAKE_ARGS
done_testing
