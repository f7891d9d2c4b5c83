# SPDX-License-Identifier: BSD-2-Clause
# command substitution nested 20 deep
deep() { if [ "$1" -gt 0 ]; then echo "$1 $(deep $(($1 - 1)))"; else echo end; fi; }
deep 20
echo "$(echo "$(echo "$(echo "$(echo "$(echo five levels of quotes)")")")")"
