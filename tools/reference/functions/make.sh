#!/bin/sh
# Makes the inputs of FunctionTests: PTX of functions.cu without and with optimisation (clang-14), and what a host computes (g++).
set -eu
cd "$(dirname "$0")"
out=../../../tests/NativeEngine.SoftGpu.Tests/Functions
mkdir -p "$out"
for level in 0 2; do
    clang-14 -x cuda --cuda-device-only --cuda-gpu-arch=sm_70 -nocudainc -nocudalib -std=c++17 -O$level -ffp-contract=off -fno-rtti -w \
        -gline-tables-only "-fdebug-prefix-map=$PWD=." -Xclang -target-feature -Xclang +ptx63 -S functions.cu -o "$out/functions.O$level.ptx"
done
program=$(mktemp)
g++ -std=c++17 -O1 -ffp-contract=off -fno-rtti -w host.cpp -o "$program"
"$program" > "$out/functions.expected.txt"
rm "$program"
