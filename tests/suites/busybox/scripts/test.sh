# SPDX-License-Identifier: BSD-2-Clause
# The conditions of test and [.
t() { if test "$@"; then echo "yes: $*"; else echo "no: $*"; fi; }
: >empty; echo x >full; mkdir d; ln -s full l; mkfifo p; chmod 600 full
t -e empty; t -e nope; t -f full; t -f d; t -d d; t -h l; t -L full; t -p p; t -s empty; t -s full; t -r full; t -x full
t -z ''; t -z x; t -n ''; t a = a; t a = b; t a != b; t 3 -eq 03; t 3 -lt 10; t 3 -gt 10; t -1 -le 0; t 5 -ne 5; t 5 -ge 5
t ! -e nope; t -e full -a -d d; t -e nope -o -d d; t '(' a = a ')' ; t -c /dev/null; t -b /dev/null; t full -ef l; t -S p
[ a ]; echo $?; [ ]; echo $?; [ '' ]; echo $?; test; echo $?; [ x = ] 2>/dev/null; echo $?; [ 1 -eq x ] 2>/dev/null; echo $?
[[ abc == a* ]]; echo $?; [[ -d d && -p p ]]; echo $?
touch -d 2001-01-01 older; touch -d 2002-01-01 newer; t newer -nt older; t newer -ot older; t -t 0
