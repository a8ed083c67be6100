#!/bin/sh
# The plugin header alone under every compiler there is, as C and as C++.
# check.sh SOURCE_FOLDER
set -eu
src=$1
tried=0
compile() { # compiler language standard
    command -v "$1" >/dev/null 2>&1 || return 0
    "$1" -x "$2" -std="$3" -Wall -Wextra -pedantic -Werror -I "$src/include" \
        -fsyntax-only "$src/tests/header/header.c"
    tried=$((tried + 1))
}
for standard in c11 c17; do
    compile gcc c $standard
    compile clang c $standard
done
compile g++ c++ c++17
compile clang++ c++ c++17
[ "$tried" -gt 0 ] || { echo "no compiler found"; exit 1; }
# The header includes nothing but the standard's own.
if grep '^#include' "$src/include/dnschange/provider.h" | grep -v -E '<std(def|int)\.h>'; then
    echo "provider.h includes more than it may"
    exit 1
fi
echo "$tried compilations"
