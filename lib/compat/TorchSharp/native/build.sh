#!/bin/bash
# Builds libTorchShim.so for the project beside it: build.sh <source folder> <build folder>. On failure its only output is one sentence.
set -u
source=$1 build=$2 log=$2/build.log
mkdir -p "$build" && rm -rf "$build"/CMake{Cache.txt,Files}   # the source may have moved since the last build, or an upgrade may have moved libtorch
for tool in cmake g++ make; do
    command -v "$tool" >/dev/null || { echo "the stand-in for TorchSharp is built with $tool, which is not installed: apt-get install cmake g++ make libtorch-dev"; exit 1; }
done
if [ -n "${TORCH_HOME:-}" ] && [ ! -f "$TORCH_HOME/include/ATen/ATen.h" ]; then
    echo "TORCH_HOME is '$TORCH_HOME', which holds no include/ATen/ATen.h: let it name an installed PyTorch's folder, or unset it to use the system's libtorch"; exit 1
fi
if [ -z "${TORCH_HOME:-}" ] && [ ! -f /usr/include/ATen/ATen.h ] && [ ! -f /usr/local/include/ATen/ATen.h ]; then
    echo "libtorch was not found: apt-get install libtorch-dev libopenblas0-pthread, or let TORCH_HOME name an installed PyTorch's folder"; exit 1
fi
{ cmake -DCMAKE_BUILD_TYPE=Release -S "$source" -B "$build" && cmake --build "$build"; } >"$log" 2>&1 ||
    { echo "libTorchShim.so could not be built: $(grep -m1 -E 'error|Error' "$log"); the whole output is in $log"; exit 1; }
