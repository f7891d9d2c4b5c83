# SPDX-License-Identifier: BSD-2-Clause
#
# Runs a command on the machine under test, for the test runners: our kernel or Linux, by `bident run`.
#
#   my $run = Subject::start([BIDENT OPTIONS], COMMAND, ARGUMENT...);
#   while (defined(my $line = $run->line)) { ... }     lines of its standard output, without their ends
#   my $bytes = $run->bytes(N);                        or so many bytes of it
#   my $status = $run->finish;                         its status; $run->messages are its last messages
#
# Standard error (of the command, of bident, and the kernel's last words) is kept in a file, shown by messages().
# Whatever happens, the run ends: bident has --timeout, and a minute later we kill its process group.
package Subject;
use strict;
use warnings;
use File::Temp;
use FindBin;
use IO::Select;
use POSIX ();

our $top = do { my ($t) = __FILE__ =~ m{^(.*)/tests/lib/[^/]+$}; $t // '.' };
our $build = $ENV{BUILD} // "$top/build";
our $subject = $ENV{SUBJECT} // 'bident';
our $timeout = $ENV{TIMEOUT} // 600;
my %running;

sub slurp { my ($path) = @_; open my $f, '<:raw', $path or return ''; local $/; return scalar <$f> // '' }

sub start {
	my ($options, @command) = @_;
	my @options = ('--timeout', $timeout, @$options);
	push @options, '--linux', $ENV{LINUX} // "$build/linux" if $subject eq 'linux';
	my $kernel = $ENV{KERNEL} // (-e "$build/bident-kernel-debug" ? "$build/bident-kernel-debug" : undef);
	push @options, '--kernel', $kernel if $subject eq 'bident' && defined $kernel;
	my $err = File::Temp->new;
	pipe(my $in, my $out) or die "pipe: $!";
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		setpgrp;
		open STDIN, '<', '/dev/null';
		open STDOUT, '>&', $out;
		open STDERR, '>&', $err;
		close $in;
		no warnings 'exec';
		exec "$build/bident", 'run', @options, '--', @command;
		print STDERR "cannot run $build/bident: $!\n";
		POSIX::_exit(125);
	}
	close $out;
	binmode $in;
	$running{$pid} = 1;
	return bless { pid => $pid, in => $in, buf => '', err => $err, end => time + $timeout + 60 }, __PACKAGE__;
}

# Reads more; false at the end or when the time is over.
sub fill {
	my ($self) = @_;
	my $left = $self->{end} - time;
	if ($left <= 0 || !IO::Select->new($self->{in})->can_read($left)) {
		kill 'KILL', -$self->{pid};
		$self->{late} = 1;
		return 0;
	}
	return sysread($self->{in}, $self->{buf}, 65536, length $self->{buf}) ? 1 : 0;
}

sub line {
	my ($self) = @_;
	my $at;
	while (($at = index $self->{buf}, "\n") < 0) {
		next if $self->fill;
		return if $self->{buf} eq '';
		$at = length $self->{buf};
		$self->{buf} .= "\n";
		last;
	}
	my $line = substr $self->{buf}, 0, $at + 1, '';
	$line =~ s/\r?\n\z//;
	return $line;
}

sub bytes {
	my ($self, $n) = @_;
	while (length $self->{buf} < $n) { return unless $self->fill }
	return substr $self->{buf}, 0, $n, '';
}

sub finish {
	my ($self) = @_;
	1 while $self->fill;
	waitpid $self->{pid}, 0;
	delete $running{$self->{pid}};
	my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	kill 'KILL', -$self->{pid};
	return $self->{late} ? 124 : $status;
}

sub messages {
	my ($self, $lines) = @_;
	my @lines = split /\r?\n/, slurp($self->{err}->filename);
	# What the kernel said in a panic, or when the time was over, is wanted whole.
	my $keep = $lines // (grep(/^(?:nmi|panic): /, @lines) ? 600 : 60);
	splice @lines, 0, @lines - $keep if @lines > $keep;
	unshift @lines, 'the time was over, and it was killed' if $self->{late};
	return @lines;
}

END { kill 'KILL', -$_ for keys %running }
$SIG{INT} = $SIG{TERM} = $SIG{HUP} = sub { exit 130 };

1;
