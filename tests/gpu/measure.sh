#!/usr/bin/env bash
# Builds the engine with the CUDA module on a machine that has a compiler, CMake and the CUDA toolkit, checks every operation and
# whole models on its GPU, measures, and prints one table. Usage: tests/gpu/measure.sh [SHAPE...]   (default: 0.5B 1.5B)
# With SANITIZE=1 the operations are run under compute-sanitizer (memcheck, racecheck) instead of being measured.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
shapes=("$@")
[ ${#shapes[@]} -gt 0 ] || shapes=(0.5B 1.5B)
out=build/engine-cuda
architecture=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -1 | tr -d .)

nvidia-smi --query-gpu=name,driver_version,clocks.sm,clocks.mem,power.limit --format=csv
cmake -S . -B "$out" -DCMAKE_BUILD_TYPE=Release -DAHASCOPE_ENGINE_ONLY=ON -DAHASCOPE_CUDA=ON -DAHASCOPE_TESTS=OFF \
    -DAHASCOPE_BENCH=ON -DCMAKE_CUDA_ARCHITECTURES="$architecture" >"$out.configure.log" 2>&1 || {
    cat "$out.configure.log"
    exit 1
}
cmake --build "$out" -j"$(nproc)" --target ahascope_cuda gpu_bench gpu_parity | tail -1

if [ "${SANITIZE:-0}" = 1 ]; then
    for tool in memcheck racecheck; do
        compute-sanitizer --tool "$tool" --error-exitcode 1 "$out/bin/gpu_parity"
    done
    exit
fi
"$out/bin/gpu_parity"
for shape in "${shapes[@]}"; do
    case $shape in
    7B) names=(decode) ;; # its training does not fit beside what is measured
    *) names=(decode head training loss_memory shared_prompts exactness rollout) ;;
    esac
    for name in "${names[@]}"; do # one process each: its memory is given back, and one that fails leaves the others
        "$out/bin/gpu_bench" --shape "$shape" "$name" || echo "$shape $name: not measured"
    done
done
