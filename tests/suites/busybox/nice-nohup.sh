# SPDX-License-Identifier: BSD-2-Clause
# nice, nohup, setsid
nice -n 5 nice
nice -n 3 sh -c 'nice -n 2 nice'
nohup echo through nohup 2>/dev/null
setsid sh -c 'echo in a session'; wait
