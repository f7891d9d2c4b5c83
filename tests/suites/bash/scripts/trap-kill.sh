# SPDX-License-Identifier: BSD-2-Clause
# a trap with a background child that signals; wait is interrupted
trap 'echo term' TERM; me=$$; { sleep 0.2; kill -TERM $me; } & sleep 1 & wait $!; [ $? = 143 ] && echo 143; wait; echo end
