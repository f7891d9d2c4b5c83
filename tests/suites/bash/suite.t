#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
here=$(dirname "$0")
exec "$here/../../lib/suite-run" "$here" /bin/bash "$@"
