#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Random work on 4 CPUs for STRESS_SECONDS (default 60) from STRESS_SEED (default: the day's), then the census. A boot that
# does not get to its end is a failure, with the last messages. Environment: as tests/lib/Subject.pm.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
my $seconds;
BEGIN { $seconds = $ENV{STRESS_SECONDS} || 60; $ENV{TIMEOUT} //= 4 * $seconds + 120 }
use Subject;

my $seed = $ENV{STRESS_SEED} // int(time / 86400);
my $run = Subject::start(['--cpus', $ENV{CPUS} // 4, '--mem', $ENV{MEM} // '256M', '--root',
    "$Subject::build/tests/guest-root.cpio", @ARGV], '/tests/stress', $seconds, $seed);
my ($plan, $lines) = (0, 0);
$| = 1;
while (defined(my $line = $run->line)) {
	$lines++ if $line =~ /^(not )?ok /;
	$plan = 1 if $line =~ /^1\.\./;
	print "$line\n";
}
my $status = $run->finish;
if (!$plan) {
	print 'not ok ', $lines + 1, " - the machine ended early (status $status, STRESS_SEED=$seed)\n1..", $lines + 1, "\n";
	print map { "# $_\n" } $run->messages;
}
exit($status != 0);
