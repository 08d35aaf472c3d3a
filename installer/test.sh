#!/usr/bin/env bash
# Sets Ahascope up on a Debian 12 machine and runs all tests, preset after preset or those named: dev (everything), asan (address and
# undefined-behaviour sanitizers, with a replay of the fuzz targets), tsan (thread sanitizer on core and kernels), cuda (builds the CUDA module
# where nvcc is found).
# Usage: installer/test.sh [PRESET...]

source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

presets=("$@")
[ ${#presets[@]} -gt 0 ] || presets=(dev asan tsan cuda)
installPackages build test

for preset in "${presets[@]}"; do
    echo "== $preset"
    started=$SECONDS
    if [ "$preset" = cuda ]; then
        if ! command -v nvcc >/dev/null; then
            echo "no nvcc here: the CUDA module is not built"
            continue
        fi
        CUDAARCHS=90 buildPreset cuda ahascope_cuda
        echo "== cuda: built in $((SECONDS - started)) s"
        continue
    fi
    buildPreset "$preset"
    built=$SECONDS
    QT_QPA_PLATFORM=offscreen ctest --preset "$preset" -j "$(nproc)" --no-tests=error
    echo "== $preset: built in $((built - started)) s, tested in $((SECONDS - built)) s"
done
