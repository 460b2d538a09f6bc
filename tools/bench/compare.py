#!/usr/bin/env python3
"""Compares NativeEngine's CPU backend with PyTorch on the same machine, interleaved, and prints paired ratios.

    compare.py                          the training steps that both sides know
    compare.py resnet18_cifar lenet     some of them (--list shows all)
    compare.py --group gemm             matrix products against PyTorch's BLAS
    compare.py --group ops              Adam, losses, MBConv blocks
    compare.py --inference              forward passes (--group infer)
    compare.py --simd avx2 resnet18_cifar   both sides limited to AVX2

Each round runs both sides one after the other, each in a process of its own; the ratio of a round is PyTorch's median time over
ours, above 1 = NativeEngine is faster, and the table shows the median, least and largest ratio of all rounds. PyTorch runs in the
memory format that was faster in the first round. Build first: dotnet build -c Release.
The peer needs a Python with torch and torchvision: --python (default /usr/bin/python3).
"""
import argparse, json, os, platform, statistics, subprocess, sys, time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NENGINE = ROOT / "src" / "NativeEngine.Cli" / "bin" / "Release" / "net10.0" / "nengine"
STEP = lambda model, batch, size, classes, *more: ["bench", "step", "--model", model, "--batch", str(batch), "--img-size", str(size), "--num-classes", str(classes), *more]
WORKLOADS = {  # peer's name: (group, our command)
    "resnet18_cifar": ("train", STEP("resnet18_cifar", 64, 32, 100)),
    "resnet18": ("train", STEP("resnet18", 8, 224, 1000)),
    "wrn_40_10": ("train", STEP("wrn_40_10", 16, 32, 100)),
    "lenet": ("train", STEP("lenet", 128, 28, 10)),
    "efficientnet_b0": ("train", STEP("efficientnet_b0", 8, 224, 1000)),
    "vgg11": ("train", STEP("vgg11", 8, 112, 35)),
    "vgg11_features": ("train", STEP("vgg11", 8, 112, 35, "--part", "features")),
    "densenet121": ("train", STEP("densenet121", 8, 112, 1000)),
    "resnet50": ("train", STEP("resnet50", 4, 224, 1000)),
    "resnext50_32x4d": ("train", STEP("resnext50_32x4d", 4, 224, 1000)),
    "mlp": ("train", STEP("mlp", 128, 28, 10)),
    "infer_resnet18_cifar": ("infer", STEP("resnet18_cifar", 64, 32, 100, "--inference")),
    "infer_resnet18": ("infer", STEP("resnet18", 8, 224, 1000, "--inference")),
    "infer_lenet": ("infer", STEP("lenet", 128, 28, 10, "--inference")),
    "infer_efficientnet_b0": ("infer", STEP("efficientnet_b0", 8, 224, 1000, "--inference")),
}
for shape in ["nn_512x512x512", "nn_1024x1024x1024", "nn_2048x2048x2048", "nn_65536x64x576", "nn_16384x128x1152", "nn_4096x256x2304",
              "nn_1024x512x4608", "tn_576x64x65536", "tn_1152x128x16384", "tn_2304x256x4096", "nt_65536x576x64", "nt_4096x2304x256", "nt_512x512x512"]:
    WORKLOADS[f"gemm_{shape}"] = ("gemm", ["bench", "ops", "--only", f"gemm {shape.replace('_', ' ')}"])


OPS = {  # peer's name: (its variants, our operation)
    "adam_11m": (["single", "foreach"], "adam "), "triplet_256x512": (["mm", "cdist"], "triplet "), "cross_entropy_4096x1000": (["rows"], "cross_entropy "),
    "focal_4096x1000": (["rows"], "focal "), "mbconv_56x56x24_k3": (None, "mbconv 8x56x56x24 "), "mbconv_28x28x40_k5": (None, "mbconv 8x28x28x40 "),
    "mbconv_14x14x112_k5": (None, "mbconv 8x14x14x112 "), "mbconv_7x7x192_k5": (None, "mbconv 8x7x7x192 "),
}
for name, (_, operation) in OPS.items():
    WORKLOADS[name] = ("ops", ["bench", "ops", "--only", operation])


def environment(args):
    env = dict(os.environ, DOTNET_gcServer="0")
    if args.simd == "avx2":
        env.update(DOTNET_EnableAVX512="0", ATEN_CPU_CAPABILITY="avx2", ONEDNN_MAX_CPU_ISA="AVX2")
    return env


def ours(args, command):
    done = subprocess.run([str(args.nengine), *command, "--device", "cpu", "--threads", str(args.threads), "--json"], env=environment(args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["failed"])[-1])
    result = json.loads(done.stdout.splitlines()[-1])
    return result["ops"][0] if "ops" in result else result


def peer_variant(args, name, variant):
    env = environment(args)
    env.update(OMP_NUM_THREADS=str(args.threads), OPENBLAS_CORETYPE="Haswell" if args.simd == "avx2" else "SkylakeX", OMP_WAIT_POLICY="PASSIVE",
               MALLOC_MMAP_MAX_="0", MALLOC_TRIM_THRESHOLD_=str(1 << 40), MALLOC_TOP_PAD_=str(64 << 20), PEER_STARTED=repr(time.time()))
    done = subprocess.run([args.python, str(HERE / "peer_torch.py"), "--child", "step", name, variant, "--threads", str(args.threads)], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["failed"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def compare(args, name):
    group, command = WORKLOADS[name]
    variants = (OPS[name][0] if name in OPS else ["out"] if group == "gemm" else ["rows"] if name == "mlp" else None) or ["nchw", "channels_last"]
    rounds = []
    for number in range(args.rounds):
        try:
            mine = ours(args, command)
        except RuntimeError as error:
            return {"workload": name, "skipped": str(error)}
        results = [peer_variant(args, name, v) for v in variants]
        best = min(results, key=lambda r: r["median_ms"])
        if number == 0:
            variants = [best["format"]]
        rounds.append((mine, best))
        print(f"  {name} round {number + 1}: ours {mine['median_ms']:.2f} ms, PyTorch {best['format']} {best['median_ms']:.2f} ms, ratio {best['median_ms'] / mine['median_ms']:.2f}"
              f" (peak now {mine.get('peak_gflops', 0):.0f} GFLOP/s, others' cores {best.get('others_cores')})", file=sys.stderr, flush=True)
    ratios = sorted(b["median_ms"] / m["median_ms"] for m, b in rounds)
    median = lambda values: statistics.median(values)
    return {"workload": name, "ratio": round(median(ratios), 3), "ratio_min": round(ratios[0], 3), "ratio_max": round(ratios[-1], 3), "rounds": len(rounds),
            "ours_ms": round(median(m["median_ms"] for m, _ in rounds), 3), "torch_ms": round(median(b["median_ms"] for _, b in rounds), 3), "torch_format": rounds[0][1]["format"],
            "ours_mb": round(median(m.get("peak_rss_mb", 0) for m, _ in rounds)), "torch_mb": round(median(b["peak_rss_mb"] for _, b in rounds)),
            "ours_gflops": round(median(m.get("gflops", 0) for m, _ in rounds)), "peak_gflops": round(median(m.get("peak_gflops", 0) for m, _ in rounds))}


def machine(args):
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
    torch = subprocess.run([args.python, "-c", "import torch; print(torch.__version__)"], stdout=subprocess.PIPE, text=True).stdout.strip()
    dotnet = subprocess.run(["dotnet", "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
    return f"{model}, {args.threads} threads, simd {args.simd}; .NET SDK {dotnet}; PyTorch {torch}; {time.strftime('%Y-%m-%d')}; {args.rounds} rounds"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="WORKLOAD")
    parser.add_argument("--group", choices=("train", "infer", "gemm", "ops", "all"), default="train", help="what to run when no names are given")
    parser.add_argument("--inference", action="store_const", const="infer", dest="group", help="the same as --group infer")
    parser.add_argument("--list", action="store_true", help="names of all workloads")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--simd", choices=("native", "avx2"), default="native")
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--nengine", type=Path, default=NENGINE)
    parser.add_argument("--json", action="store_true", help="one JSON line per workload instead of a table")
    args = parser.parse_args()
    if args.list:
        return print("\n".join(f"{name:28} {group}" for name, (group, _) in WORKLOADS.items()))
    unknown = [n for n in args.names if n not in WORKLOADS]
    if unknown:
        parser.error(f"unknown workload '{unknown[0]}'; --list shows all")
    if not args.nengine.exists():
        parser.error(f"{args.nengine} does not exist: build with `dotnet build -c Release` first, or name it with --nengine")
    names = args.names or [n for n, (group, _) in WORKLOADS.items() if args.group in ("all", group)]
    if not args.json:
        print(machine(args) + "\n\n| workload | ours ms | PyTorch ms | format | ratio (min - max) | ours MB | PyTorch MB | ours GFLOP/s | peak |\n|---|---|---|---|---|---|---|---|---|", flush=True)
    for name in names:
        r = compare(args, name)
        if args.json:
            print(json.dumps(r), flush=True)
        elif "skipped" in r:
            print(f"| {name} | skipped: {r['skipped']} |", flush=True)
        else:
            print(f"| {name} | {r['ours_ms']:.4g} | {r['torch_ms']:.4g} | {r['torch_format']} | **{r['ratio']:.2f}x** ({r['ratio_min']:.2f} - {r['ratio_max']:.2f}) "
                  f"| {r['ours_mb']} | {r['torch_mb']} | {r['ours_gflops']} | {r['peak_gflops']} |", flush=True)


if __name__ == "__main__":
    main()
