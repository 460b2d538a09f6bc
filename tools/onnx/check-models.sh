#!/usr/bin/env bash
# Exports every model of the catalogue, as it is and with folded batch norms, and has each file checked by the reference
# implementation of ONNX (check.py). Build first; needs Debian's python3-onnx. Usage: tools/onnx/check-models.sh [MODEL ...]
set -euo pipefail
cd "$(dirname "$0")/../.."
nengine="dotnet $PWD/src/NativeEngine.Cli/bin/Release/net10.0/nengine.dll"
python=${PYTHON:-/usr/bin/python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0
check() { # check FILE EXPORT-ARGUMENTS...
    local file=$1
    shift
    if $nengine export "$1" "$file" "${@:2}" -q >"$folder/log" 2>&1 && "$python" tools/onnx/check.py "$file" >"$folder/log" 2>&1; then
        passed=$((passed + 1))
        grep '^ok' "$folder/log" | sed "s|$folder/||"
    else
        failed=$((failed + 1))
        echo "FAIL $*"
        cat "$folder/log"
    fi
    rm -f "$file"
}

models=("$@")
[ $# -gt 0 ] || mapfile -t models < <($nengine models list | awk 'NR > 1 { print $1 }')
for model in "${models[@]}"; do
    check "$folder/$model.onnx" "$model"
    check "$folder/$model-folded.onnx" "$model" --fold-bn --softmax
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
