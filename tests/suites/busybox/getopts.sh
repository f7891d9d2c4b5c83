# SPDX-License-Identifier: BSD-2-Clause
# getopts with clusters, arguments and errors
parse() { OPTIND=1; while getopts ab:c o; do case $o in a|c) echo opt $o;; b) echo b=$OPTARG;; ?) echo bad;; esac; done; shift $((OPTIND-1)); echo "rest: $*"; }
parse -ac -b val x y 2>&1
parse -bval -- -a
parse -z 2>/dev/null
parse
