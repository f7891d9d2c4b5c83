#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Many processes at once (tests/stress/crowd.c): 30,000 alive in 2 GiB, in virtual time, so that the cost of a fork is counted
# in instructions; a fork bomb in 64 MiB, with and without RLIMIT_NPROC, and with a process table of 500; a full table that
# 16 CPUs run into at once (2,000 failures each: 16 virtual CPUs on two real ones make some 3,000 a second);
# frames that CPUs give back and forth.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
BEGIN { $ENV{TIMEOUT} //= 300 }
use Subject;

my $release = "$Subject::build/bident-kernel";
my @runs = (
	[ 'many', [ '--virtual-time', '--mem', '2G' ], 'many', 30000 ],
	[ 'bomb', [ '--cpus', 2, '--mem', '64M' ], 'bomb', 0, 12 ],
	[ 'bomb, RLIMIT_NPROC 100', [ '--cpus', 2, '--mem', '64M' ], 'bomb', 100, 12 ],
	[ 'full', [ '--cpus', 16 ], 'full', 2_000 ],
	[ 'churn', [ '--cpus', 4, '--mem', '128M' ], 'churn', 20 ],
	[ 'bomb, maxproc 500', [ '--cpus', 2, '--mem', '64M', '--append', 'maxproc=500' ], 'bomb', 0, 12 ],
);
# GIANT_MIB, a guest half as large again: what it was made for is 4096 (10,000 children), which takes 6 GiB.
my $giant = $ENV{GIANT_MIB} // 256;
push @runs, [ 'giant', [ '--cpus', 2, '--mem', $giant * 3 / 2 . 'M' ], 'giant', $giant, $giant >= 4096 ? 10_000 : 1_000,
    $giant >= 1024 ? 500 : 100 ];
my ($n, $bad) = (0, 0);
$| = 1;
for (@runs) {
	my ($title, $options, @args) = @$_;
	next if @ARGV && !grep { index($title, $_) >= 0 } @ARGV;
	my ($plan, @lines) = (0);
	local $ENV{KERNEL} = $ENV{KERNEL} // ($args[0] =~ /many|full|giant/ ? $release : undef);
	my $run = Subject::start([@$options, '--root', "$Subject::build/tests/guest-root.cpio"], '/tests/crowd', @args);
	while (defined(my $line = $run->line)) {
		if ($line =~ /^(not )?ok \d+ (?:- )?(.*)/) {
			my ($not, $text) = ($1 // "", $2);
			$n++;
			$bad += $not ne "";
			print $not, "ok $n - $title: $text\n";
		} elsif ($line =~ /^1\.\./) {
			$plan = 1;
		} else {
			print "$line\n";
		}
	}
	my $status = $run->finish;
	next if $plan;
	$n++;
	$bad++;
	print "not ok $n - $title: the machine ended early (status $status)\n", map { "# $_\n" } $run->messages;
}
print "1..$n\n";
exit($bad != 0);
