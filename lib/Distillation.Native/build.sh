#!/bin/bash
# Builds libDistillationNative.so: build.sh <build folder>. It is optional: without a compiler or libtorch's headers it says so in one sentence and fails.
set -u
source=$(dirname "$(readlink -f "$0")") build=$1 log=$1/build.log
mkdir -p "$build"
for tool in cmake g++ make; do
    command -v "$tool" >/dev/null || { echo "no profile of operators and no CUDA graphs: their library is built with $tool, which is not installed"; exit 1; }
done
where=${TORCH_HOME:-/usr}
if [ ! -f "$where/include/ATen/record_function.h" ] && { [ -n "${TORCH_HOME:-}" ] || [ ! -f /usr/local/include/ATen/record_function.h ]; }; then
    echo "no profile of operators and no CUDA graphs: their library is built with libtorch's headers, and there is no $where/include/ATen/record_function.h"; exit 1
fi
# A folder that was copied or moved knows another source; it starts afresh.
grep -qsF "CMAKE_HOME_DIRECTORY:INTERNAL=$source" "$build/CMakeCache.txt" || rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles"
{ cmake -DCMAKE_BUILD_TYPE=Release -S "$source" -B "$build" && cmake --build "$build"; } >"$log" 2>&1 ||
    { echo "no profile of operators and no CUDA graphs: their library could not be built ($(grep -m1 -E 'error|Error' "$log")); the whole output is in $log"; exit 1; }
