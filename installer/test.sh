#!/usr/bin/env bash
# Sets Ahascope up on a Debian 12 machine and runs all tests. By default everything in preset dev. With names of presets those: asan (address
# and undefined-behaviour sanitizers, with a replay of the fuzz targets), tsan (thread sanitizer), cuda (builds the CUDA module where nvcc is).
# Usage: installer/test.sh [PRESET...]

source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

presets=("$@")
[ ${#presets[@]} -gt 0 ] || presets=(dev)
installPackages build test
jobs=$(nproc)

runTests() {
    # Debian's Qt wants a runtime folder of its own; leaks inside it are not ours to report.
    QT_QPA_PLATFORM=offscreen ctest --preset "$1" -j "$jobs" --no-tests=error
}

for preset in "${presets[@]}"; do
    echo "== $preset"
    case $preset in
    cuda)
        if ! command -v nvcc >/dev/null; then
            echo "no nvcc here: the CUDA module is not built"
            continue
        fi
        cmake --preset cuda -DCMAKE_CUDA_ARCHITECTURES=90 >/dev/null
        cmake --build --preset cuda --target ahascope_cuda
        ;;
    *)
        buildPreset "$preset"
        runTests "$preset"
        ;;
    esac
done
