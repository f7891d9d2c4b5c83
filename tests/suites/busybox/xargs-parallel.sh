# SPDX-License-Identifier: BSD-2-Clause
# xargs -P with 40 jobs, four at a time
seq 1 40 | xargs -n 1 -P 4 sh -c 'echo $(( $0 * $0 ))' | sort -n
