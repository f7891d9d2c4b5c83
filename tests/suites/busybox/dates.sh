# SPDX-License-Identifier: BSD-2-Clause
# date arithmetic with fixed times
date -u -d '2024-02-29 12:34:56' '+%Y-%m-%d %H:%M:%S %j %u %s'
date -u -d @0; date -u -d @1700000000 +%FT%TZ; TZ=CET-1CEST date -d @1720000000 '+%H:%M %Z'
touch -d '2020-05-06 07:08:09' f; date -r f '+%F %T'; stat -c %Y f; ls -l --full-time f | awk '{print $6, $7}'
