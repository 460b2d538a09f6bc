#!/usr/bin/env bash
# Everything that only a GPU can show, in one command and one report to send:
#
#   tools/gpu-check.sh                 # the first NVIDIA GPU
#   tools/gpu-check.sh cuda:1          # another one
#   tools/gpu-check.sh soft            # the software GPU: the same sections without hardware
#
# Options: --short (smaller models, no op tests, no benchmarks of single kernels), --no-build (everything is built already),
# --report FILE (default gpu-check-DEVICE.txt). Exit code 0 when every section passed, 8 when one failed, 2 for wrong usage.
set -uo pipefail
usage() { sed -n '2,9s/^# \{0,1\}//p' "$0"; }
device=cuda short= build=1 report=
while [ $# -gt 0 ]; do
    case $1 in
        cuda | cuda:* | soft) device=$1 ;;
        --short) short=1 ;;
        --no-build) build= ;;
        --report)
            [ $# -gt 1 ] || { echo "gpu-check: --report needs a file" >&2; exit 2; }
            report=$(realpath -m "$2")
            shift
            ;;
        -h | --help) usage; exit 0 ;;
        *) echo "gpu-check: unknown argument '$1'; see tools/gpu-check.sh --help" >&2; exit 2 ;;
    esac
    shift
done
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NO_COLOR=1
unset NENGINE_DEVICE NENGINE_SOFT_FAULTS
report=${report:-$PWD/gpu-check-${device/:/-}.txt}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ "$device" != soft ] || export XDG_CACHE_HOME=$work/cache # what is remembered of the software GPU is nobody's business
passed=0 failed=0
nengine() { dotnet src/NativeEngine.Cli/bin/Release/net10.0/nengine.dll "$@"; }

section() { # section NAME COMMAND...
    local name=$1 started=$SECONDS code verdict
    shift
    "$@" >"$work/out" 2>&1
    code=$?
    if [ $code -eq 0 ]; then verdict=ok passed=$((passed + 1)); else verdict="FAILED (exit $code)" failed=$((failed + 1)); fi
    printf '%-10s %-18s %4d s   %s\n' "$name" "$verdict" $((SECONDS - started)) "$(tail -n 1 "$work/out" | cut -c 1-110)" | tee -a "$work/summary"
    [ $code -eq 0 ] || tail -n 15 "$work/out"
    { printf '\n== %s: %s\n$ %s\n' "$name" "$verdict" "$*"; cat "$work/out"; } >>"$work/details"
}

# The losses of the first updates on the CPU and on the device: the same images, weights and random numbers.
same_losses() { # same_losses STEPS TOLERANCE
    local on
    for on in cpu "$device"; do
        nengine train --device "$on" --max-steps "$1" --log-interval 1 --val-fraction 0.002 --eval-batch-size 60 --output "$work/runs" --name "losses-${on/:/-}" -q || return
        sed -nE 's/.*"step":([0-9]+),.*"loss":([^,]+),.*"grad_norm".*/\1 \2/p' "$work/runs/train/losses-${on/:/-}/metrics.jsonl" >"$work/losses.${on/:/-}"
    done
    echo "step, loss on cpu, loss on $device, difference (allowed $2)"
    paste -d ' ' "$work/losses.cpu" "$work/losses.${device/:/-}" | awk -v steps="$1" -v allowed="$2" '
        { d = $2 - $4; d = d < 0 ? -d : d; worst = d > worst ? d : worst; print $1, $2, $4, d; if ($1 != $3 || !(d <= allowed)) bad++ }
        END { printf "%d updates, largest difference %.2g, %s\n", NR, worst, bad || NR != steps ? "NOT the same losses" : "the same losses"; exit bad || NR != steps ? 1 : 0 }'
}

# When the device cannot be used, what was found on this machine says why.
doctor() {
    local code
    nengine doctor --device "$device" && return
    code=$?
    nengine doctor --device cpu
    return $code
}

training() { nengine train --device "$device" --max-steps 40 --val-fraction 0.002 --output "$work/runs" --name timed; }

op_tests() { dotnet test tests/NativeEngine.Cuda.Tests -c Release --no-build --filter "FullyQualifiedName~CudaOpTests&FullyQualifiedName~$1" 2>&1; }

if [ -n "$build" ]; then
    section build dotnet build NativeEngine.sln -c Release -v q
    [ $failed -eq 0 ] || { cat "$work/summary" "$work/details" >"$report"; echo "1 section failed: nothing can be checked; see $report"; exit 8; }
fi

section doctor doctor
if [ $failed -gt 0 ]; then
    : # without a device the other sections would say the same seven times
elif [ -n "$short" ]; then
    section numerics nengine doctor --numerics --device "$device" --model smallcnn --batch 4
    section kernels nengine kernels check gemm optim --device "$device"
    section cases nengine verify tests/cases/op --device "$device"
    section losses same_losses 10 1e-4
    section step nengine bench step --device "$device" --model smallcnn --batch 4 --in-chans 1 --steps 1
else
    section numerics nengine doctor --numerics --device "$device" --model resnet18_cifar --batch 8
    section kernels nengine kernels check --device "$device"
    section ops op_tests "${device%%:*}"
    section cases nengine verify tests/cases --device "$device"
    section losses same_losses 30 "$([ "$device" = soft ] && echo 5e-4 || echo 1e-3)"
    section training training
    section step nengine bench step --device "$device" --model resnet18_cifar --batch "$([ "$device" = soft ] && echo 2 || echo 128)" --steps "$([ "$device" = soft ] && echo 1 || echo 20)"
    section bench nengine kernels bench --device "$device"
fi

{
    echo "nengine gpu-check of $device, $(date -u '+%Y-%m-%d %H:%M:%S') UTC: $passed passed, $failed failed"
    echo "commit   $(git rev-parse HEAD 2>/dev/null || echo unknown)$(git diff --quiet HEAD 2>/dev/null || echo ' with changes')"
    echo "machine  $(uname -srm), $(nproc) processors, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)"
    echo "dotnet   $(dotnet --version)"
    command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total,compute_cap --format=csv
    echo
    cat "$work/summary"
    cat "$work/details"
} >"$report"
echo "report: $report"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] || exit 8
