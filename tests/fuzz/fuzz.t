#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# The system-call fuzzer (fuzz.c) for FUZZ_SECONDS (default 60) from FUZZ_SEED (default: the time). The seconds are shared between the
# debug kernel and that with the sanitizers, on 2 and on 4 CPUs, with and without failing allocations. A case that fails is
# made short: operations are left out as long as it still fails, each attempt in a boot of its own, for up to FUZZ_SHRINK
# seconds (default 300); what is left is shown, with the line that repeats it. SUBJECT=linux: the same on Linux, where no case may
# fail either. Environment: as tests/lib/Subject.pm.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
BEGIN { $ENV{TIMEOUT} //= 4 * ($ENV{FUZZ_SECONDS} || 60) + 240 }
use Subject;

my $seconds = $ENV{FUZZ_SECONDS} || 60;
my $seed = $ENV{FUZZ_SEED} // time;
my $shrink_seconds = $ENV{FUZZ_SHRINK} // 300;
my $root = "$Subject::build/tests/fuzz-root.cpio";
my @ways = (
	{ name => 'debug kernel, 2 CPUs',                         kernel => 'debug', cpus => 2, args => [] },
	{ name => 'debug kernel, 4 CPUs, allocations fail',       kernel => 'debug', cpus => 4, args => ['--fail', 2] },
	{ name => 'sanitizer kernel, 4 CPUs',                     kernel => 'kasan', cpus => 4, args => [] },
	{ name => 'sanitizer kernel, 2 CPUs, allocations fail',   kernel => 'kasan', cpus => 2, args => ['--fail', 1] },
);
@ways = ({ name => 'Linux, 2 CPUs', cpus => 2, args => [] }) if $Subject::subject eq 'linux';
$| = 1;

# One boot: what it came to (done, passed, failed, or nothing when the machine died), the last case, and all lines.
sub boot {
	my ($way, @args) = @_;
	my ($result, $case, @said) = ('');
	local $ENV{KERNEL} = "$Subject::build/bident-kernel-$way->{kernel}" if $way->{kernel};
	my $run = Subject::start(['--cpus', $way->{cpus}, '--mem', '512M', '--root', $root], '/tests/fuzz', '--guest', @{$way->{args}},
	    @args);
	while (defined(my $line = $run->line)) {
		if ($line =~ /^\@case (\d+)/) { $case = $1 }
		elsif ($line =~ /^\@(done|passed|failed)/) { $result = $1; push @said, $line }
		else { push @said, $line }
	}
	$run->finish;
	push @said, $run->messages if $result eq '';
	return ($result, $case, @said);
}

sub list_of { my @l = @_; return join ',', @l }

sub fails {
	my ($way, $case, $repeat, @keep) = @_;
	my ($result, $last) = boot($way, '--case', $case, '--repeat', $repeat, '--keep', list_of(@keep));
	return $result ne 'passed' && defined $last && $last == $case;	# not in a case before it, of the warming up
}

# Leaves out halves, quarters, ... of the operations as long as the case fails.
sub shrink {
	my ($way, $case, @keep) = @_;
	my ($end, $repeat, $parts) = (time + $shrink_seconds, 30, 2);
	return unless fails($way, $case, $repeat, @keep);
	while ($parts <= @keep && time < $end) {
		my $size = int(@keep / $parts) || 1;
		my $less = 0;
		for (my $at = 0; $at < @keep && time < $end;) {
			my @try = @keep;
			splice @try, $at, $size;
			if (@try && fails($way, $case, $repeat, @try)) { @keep = @try; $less = 1 }
			else { $at += $size }
		}
		last if $size == 1 && !$less;
		$parts = $parts * 2 > @keep && $parts < @keep ? @keep : $parts * 2 unless $less && $size == 1;
	}
	return @keep;
}

sub tell_failure {
	my ($way, $case, @said) = @_;
	print map { "# $_\n" } @said;
	return unless defined $case;
	my @keep = shrink($way, $case, 0 .. 199);
	my $how = join ' ', '/tests/fuzz --guest', @{$way->{args}}, '--case', $case;
	if (!@keep) {
		print "# it did not fail again in 30 runs; once more: $how --repeat 1000\n";
		return;
	}
	print "# what is left of it (", scalar @keep, " operations):\n";
	print map { "#   $_" } `'$Subject::build/tests/fuzz' --list --case $case --keep @{[list_of(@keep)]}`;
	print "# again: bident run --kernel ... --cpus $way->{cpus} --mem 512M --root $root -- $how --repeat 30 --keep ", list_of(@keep), "\n";
}

print '1..', scalar @ways, "\n# FUZZ_SEED=$seed\n";
my ($n, $failed, $cases, $operations, $pages) = (0, 0, 0, 0, 0);
for my $way (@ways) {
	$n++;
	my ($result, $case, @said) = boot($way, '--seed', $seed + $n, '--seconds', int($seconds / @ways) || 1);
	if ($result eq 'done' && $said[-1] =~ /(\d+) cases, (\d+) operations, (\d+) pages/) {
		($cases, $operations, $pages) = ($cases + $1, $operations + $2, $pages + $3);
		print "ok $n - $way->{name}: $1 cases\n";
		next;
	}
	$failed++;
	print "not ok $n - $way->{name}: case ", $case // '?', ' ', $result || 'and the machine ended', "\n";
	tell_failure($way, $case, @said);
}
print "# $cases cases, $operations operations, $pages pages compared, $failed failed (FUZZ_SEED=$seed)\n";
exit($failed != 0);
