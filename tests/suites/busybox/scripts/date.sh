# SPDX-License-Identifier: BSD-2-Clause
# Dates and times of day, in UTC.
export TZ=UTC0
date -d @0; date -d @1000000000 '+%Y-%m-%d %H:%M:%S %j %a %b %u'; date -d '2024-02-29 12:00' +%s; date -u -d @86399 +%T
cal 2 2024; cal -y 2023 | md5sum
TZ=CET-1CEST,M3.5.0,M10.5.0/3 date -d @1720000000; TZ=CET-1CEST,M3.5.0,M10.5.0/3 date -d @1700000000
a=$(date +%s); sleep 1; b=$(date +%s); [ $b -gt $a ] && echo "time goes on"
touch -d @1234567890 f; stat -c %y f | cut -c1-19; date -r f +%s
[ "$(date +%Y)" -ge 2024 ] && echo "the year is set"
