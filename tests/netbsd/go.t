#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# Programs that Go's compiler builds for NetBSD, unmodified: hello.go with LWPs and a collection, exec.go with os/exec
# (pipes, exit statuses, a Linux shell as a child, a kill), on 1 and on 4 CPUs.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Subject;

my $root = "$Subject::build/tests/netbsd-go.cpio";
if (!-e $root) {
	print "1..0 # SKIP no Go compiler when the tests were built\n";
	exit 0;
}
my @runs = (
	[ 'hello', qr/\Ahello, netbsd amd64\nsum 136 args 1\n\z/ ],
	[ 'exec', qr/\A(?:fine: [^\n]*\n){17}\z/ ],
);
my ($n, $bad) = (0, 0);
print '1..', 2 * @runs, "\n";
for my $cpus (1, 4) {
	for (@runs) {
		my ($name, $want) = @$_;
		my $run = Subject::start([ '--cpus', $cpus, '--root', $root ], "/tests/$name");
		my $out = '';
		while (defined(my $line = $run->line)) { $out .= "$line\n" }
		my $status = $run->finish;
		my $good = $status == 0 && $out =~ $want;
		$n++;
		$bad++ unless $good;
		print $good ? '' : 'not ', "ok $n - Go's $name, $cpus CPUs\n";
		next if $good;
		print "# status $status\n", map { "# $_\n" } split(/\n/, $out), $run->messages;
	}
}
exit($bad ? 1 : 0);
