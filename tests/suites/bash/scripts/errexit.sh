# SPDX-License-Identifier: BSD-2-Clause
# Set -euo pipefail, in and out of functions and conditions.
r() { { bash -c "$1"; } 2>/dev/null; echo "-> $?"; }
r 'set -e; false; echo no'; r 'set -e; false || :; echo yes'; r 'set -eo pipefail; false | true; echo no'; r 'set -u; echo $nope; echo no'
r 'set -e; f() { false; echo in; }; if f; then echo yes; fi'; r 'set -e; x=$(false); echo no'; r 'set -e; local_() { local x=$(false); echo yes; }; local_'
r 'set -e; (false; echo no); echo no'; r 'set -e; echo $(false; echo kept)'; r 'shopt -s inherit_errexit; set -e; echo $(false; echo lost)'; r 'set -e; ! true; echo yes'
r 'set -e; ((0)); echo no'; r 'set -e; while false; do :; done; echo yes'; r 'set -n; echo no'; r 'exit 256'; r 'exit -1'; r 'kill -9 $$'; r 'exec no-such-program'; r '/tmp'; r 'if; then'
