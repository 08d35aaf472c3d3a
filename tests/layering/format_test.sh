#!/usr/bin/env bash
# Fails when a source file is not formatted as .clang-format says.
# Usage: format_test.sh CLANG_FORMAT SOURCE_DIR
set -euo pipefail
cd "$2"
find app core kernels ui tests \( -name '*.h' -o -name '*.cpp' -o -name '*.cu' -o -name '*.cuh' \) -print0 |
    xargs -0 -r "$1" --dry-run -Werror
