#!/usr/bin/env bash
# Runs the situations that real files, weights and kernels broke, from the folder that holds their inputs (train/ and kernels/), and compares exit code
# and output with what is right. Usage: tools/reference/field_cases.sh FOLDER [NENGINE]. Ends with "N passed, N failed".
set -u
folder=$(cd "$1" && pwd)
nengine=${2:-$(cd "$(dirname "$0")/../.." && pwd)/src/NativeEngine.Cli/bin/Release/net10.0/nengine}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

expect() { # expect NAME CODE REGEX ARGUMENT...: the exit code, and a line of the output that matches (an empty one: nothing is looked for)
    local name=$1 code=$2 regex=$3 output got
    shift 3
    output=$(timeout 120 "$nengine" "$@" 2>&1 </dev/null)
    got=$?
    if [ "$got" = "$code" ] && { [ -z "$regex" ] || grep -qE "$regex" <<<"$output"; }; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $name: exit $got, expected $code and /$regex/: nengine $*"
        tail -n 3 <<<"$output" | cut -c1-300
    fi
}

cd "$folder/train" || exit 2
small=(--model smallcnn --img-size 16 --crop-pct 1)
one=(--epochs 1 --output "$scratch/runs" --device cpu)
expect order 0 "top1 100" eval --weights smallcnn_numeric_torchvision_order.pth "${small[@]}" --data folders/numeric
expect order-labels 0 "top1 100" eval --weights smallcnn_numeric_torchvision_order.pth "${small[@]}" --data folders/numeric --labels labels_numeric_torchvision_order.txt
mkdir -p "$scratch/empty" && cp -r folders/empty/. "$scratch/empty" && mkdir -p "$scratch/empty/owl" # an empty folder does not survive a copy by files
expect empty-class 3 "owl" train --data "$scratch/empty" --val-fraction 0.3 "${one[@]}"
expect empty-class-allowed 0 "" train --data "$scratch/empty" --val-fraction 0.3 --allow-empty "${one[@]}" --model smallcnn --img-size 16
expect jfif 0 "classes 3|3 classes" train --data folders/jfif --val-fraction 0.3 "${one[@]}" --model smallcnn --img-size 16
expect nested 3 "mydata" train --data folders/nested --val-fraction 0.3 "${one[@]}"
expect val-lacks-train 0 "owl" train --data folders/vallacks "${one[@]}" --name lacks --model smallcnn --img-size 16
expect val-lacks-eval 0 "top1" eval --weights "$scratch/runs/train/lacks"
for w in 23_nan_weight 24_negative_running_var; do
    expect "$w-eval" 7 "NaN|running_var" eval --weights "w/$w.pth" "${small[@]}" --data folders/vallacks
    expect "$w-predict" 7 "NaN|running_var" predict folders/vallacks/val/dog/0.png --weights "w/$w.pth" --model smallcnn --img-size 16
    expect "$w-export" 7 "NaN|running_var" export "w/$w.pth" "$scratch/o.onnx" --model smallcnn --img-size 16
done
expect batch-count 0 "top1" eval --weights w/06_averaged_float_nbt.pth "${small[@]}" --data folders/vallacks
expect twice 7 "criterion" eval --weights w/12_lightning_criterion_twice.pth "${small[@]}" --data folders/vallacks
expect convert 0 "" weights convert w/60_dotted_beside.pth "$scratch/o.safetensors"
expect convert-all 0 "conv3" weights info "$scratch/o.safetensors"
expect bytes-mean 2 "0\.4" train --data folders/jfif --mean 123.7,116.3,103.5 --std 58.4,57.1,57.4 "${one[@]}"

cd "$folder/kernels" || exit 2
run() { local name=$1 code=$2 regex=$3; shift 3; expect "$name" "$code" "$regex" kernels run "$@"; }
run volatile 8 "Race" san/vol2.ptx vol2 --arg s32[64]=iota --arg s32[64] --block 64 --sanitize
run volatile-sum 8 "Race" san/bugs.ptx vol_red --arg s32[64]=iota --arg s32[1] --block 64 --sanitize --schedule-seed 3
run own-atomic 8 "Race" san/sync2.O1.ptx hist_bad --arg s32[64]=iota --arg s32[8] --block 64 --sanitize
run zero-add 8 "Race" san/evict.ptx zeroadd --arg s32[8]=9,9,9,9,9,9,9,9 --arg s32[1] --block 64 --grid 2 --sanitize
run read-evicted 8 "Race" san/evict.ptx cfgreset --arg s32[1]=5 --arg s32[384] --block 96 --grid 4 --sanitize
run named-barrier 8 "Race" san/bugs.ptx named_wrong --arg s32[128]=iota --arg s32[128] --block 128 --sanitize
run producer 8 "Race" san/bugs.ptx prodcons_bad --arg s32[128]=iota --arg s32[128] --block 128 --sanitize
run match 0 "" san/matchok.ptx k --arg u32[32]
run match-wrong 2 "" san/matchbad.ptx k --arg u32[32]
run shuffle 0 "" san/shflun.ptx k --arg s32[32] --arg 1234 --sanitize
run broadcast 0 "" san/sync2.O0.ptx bcast --arg s32[32] --arg 1234 --sanitize
run flag 0 "" san/sync2.O1.ptx flagw --arg s32[32]=iota --arg s32[32] --block 64 --sanitize
run lock 0 "" san/sync2.O1.ptx lock_f --arg s32[1]=0 --arg s32[1]=0 --block 64 --grid 2 --sanitize
run bf16 0 "" ptx/real/half.ptx hk --arg u16[4]=iota --arg bf16[4] --arg f32[4] --block 4
run subnormal 0 "" san/ftz.ptx k --arg u32[2]=zeros --block 1
run triton 0 "" ptx/real/triton90.ptx add_kernel --arg s32[128]=iota --arg s32[128] --arg 100 --block 128
run together 0 "" san/bugs.ptx gridbar --arg s32[1]=0 --arg s32[4] --arg s32[4] --grid 4 --budget 200000
for f in ptx/ref/*.ptx; do
    case $(basename "$f" .ptx) in
        cluster | ld256 | min3 | match_sync_any | vadd | brkpt) continue ;; # not this target's, not the ISA's spelling, or out of scope: each says so
    esac
    run "$(basename "$f")" 0 "" "$f" k --arg u32[64]=zeros
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
