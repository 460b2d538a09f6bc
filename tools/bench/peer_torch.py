#!/usr/bin/env python3
"""PyTorch CPU baselines: what a training or inference step costs the peer on this machine.

    peer_torch.py --list                       names and what they do
    peer_torch.py [NAME ...] > results.jsonl   one JSON line per workload (all of them without a NAME)
    peer_torch.py --table results.jsonl        the same as a Markdown table

Every workload has variants (memory formats, or ways to write the same thing). Each variant is timed in a process of its
own, so peak memory is its own and no variant inherits another's warm heap. The line reports the fastest variant in full;
`variants` holds the medians of all.

A step is zero_grad(set_to_none), forward, loss, backward, optimizer step, loss.item(); the batch is already in memory.
Inference is model.eval() under no_grad, without folding BatchNorm. Times are the median, min and max of >= 7 steps and
>= 3 s after warm-up. `gemm_gflops` is a 1024^3 fp32 matrix product timed right after the steps in the same process: a
low value, like `others_cores` above 0.1 (cores that other processes kept busy), means that the machine was disturbed.
`faults_step` counts page faults per step.

--setup tuned (default) is the strong peer: glibc never gives memory back, which spares large tensors their page faults,
and idle OpenMP threads sleep (OMP_WAIT_POLICY=PASSIVE) instead of spinning against OpenBLAS's own threads, which costs
small models dearly. --setup stock is what a user gets who sets neither. Both use --threads and OPENBLAS_CORETYPE.
"""
import argparse, gzip, json, os, resource, statistics, subprocess, sys, time
from pathlib import Path

LAYOUTS = ("nchw", "channels_last")
TRAIN_LR, MOMENTUM = 1e-3, 0.9
MIN_STEPS, MAX_STEPS, MIN_SECONDS, SLOW_STEP_SECONDS = 7, 300, 3.0, 60.0
DEFAULT_MNIST = Path(__file__).resolve().parents[2] / "data" / "mnist"


# ---------------------------------------------------------------- models (torch is imported in the timed process only)

def torchvision_model(name, classes):
    import torchvision
    return getattr(torchvision.models, name)(weights=None, num_classes=classes)


def resnet18_cifar():
    """torchvision's ResNet-18 with the CIFAR stem: 3x3 stride 1, no max-pool."""
    from torch import nn
    model = torchvision_model("resnet18", 100)
    model.conv1, model.maxpool = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity()
    return model


def wide_resnet(depth, width, classes):
    """Pre-activation WideResNet (Zagoruyko & Komodakis 2016), no dropout; 1x1 shortcut where the shape changes."""
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self, cin, cout, stride):
            super().__init__()
            self.bn1, self.conv1 = nn.BatchNorm2d(cin), nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
            self.bn2, self.conv2 = nn.BatchNorm2d(cout), nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
            self.shortcut = nn.Conv2d(cin, cout, 1, stride, bias=False) if cin != cout else None

        def forward(self, x):
            a = torch.relu_(self.bn1(x))
            y = self.conv2(torch.relu_(self.bn2(self.conv1(a))))
            return y + (x if self.shortcut is None else self.shortcut(a))

    blocks, cin = [nn.Conv2d(3, 16, 3, 1, 1, bias=False)], 16
    for group, stride in ((16 * width, 1), (32 * width, 2), (64 * width, 2)):
        for i in range((depth - 4) // 6):
            blocks.append(Block(cin, group, stride if i == 0 else 1))
            cin = group
    return nn.Sequential(*blocks, nn.BatchNorm2d(cin), nn.ReLU(inplace=True),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(cin, classes))


def lenet():
    """LeNet-5 shapes with ReLU and max-pool; padding 2 in the first convolution takes 28x28."""
    from torch import nn
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def mlp():
    from torch import nn
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))


# ---------------------------------------------------------------- workloads: setup(variant) returns a step function

def laid_out(tensor_or_model, variant):
    import torch
    return tensor_or_model.to(memory_format=torch.channels_last) if variant == "channels_last" else tensor_or_model


def training(build, batch, shape, classes, bf16=False):
    def setup(variant):
        import torch
        model = laid_out(build(), variant).train()
        x, y = laid_out(torch.randn(batch, *shape), variant), torch.randint(0, classes, (batch,))
        loss_of = torch.nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(model.parameters(), TRAIN_LR, momentum=MOMENTUM)

        def step():
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
                logits = model(x)
            loss = loss_of(logits.float(), y)
            loss.backward()
            optimizer.step()
            return loss.item()
        step.parameters = sum(p.numel() for p in model.parameters())
        return step
    return setup


def inference(build, batch, shape):
    def setup(variant):
        import torch
        model, x = laid_out(build(), variant).eval(), laid_out(torch.randn(batch, *shape), variant)

        def step():
            with torch.no_grad():
                return model(x).sum().item()
        return step
    return setup


def adam(variant):
    """One Adam step over the parameters of resnet18_cifar; gradients are given."""
    import torch
    tensors = [torch.nn.Parameter(p.detach().clone()) for p in resnet18_cifar().parameters()]
    for p in tensors:
        p.grad = torch.randn_like(p) * 1e-2
    optimizer = torch.optim.Adam(tensors, 1e-3, foreach=variant == "foreach")
    step = lambda: optimizer.step()
    step.parameters, step.tensors = sum(p.numel() for p in tensors), len(tensors)
    step.bytes = 7 * 4 * step.parameters                       # reads p g m v, writes p m v
    return step


def copy_bandwidth(variant):
    """dst.copy_(src) of 256 MB; GB/s counts what is read plus what is written."""
    import torch
    source = torch.ones(64 << 20)
    target = torch.empty_like(source)
    step = lambda: (target.copy_(source), None)[1]
    step.bytes = 2 * 4 * source.numel()
    return step


def triplet(variant):
    """Batch-hard triplet loss (Hermans et al. 2017), margin 0.3, 32 identities x 8, forward and backward."""
    import torch
    x = torch.nn.functional.normalize(torch.randn(256, 512)).requires_grad_()
    label = torch.arange(32).repeat_interleave(8)
    same = label[:, None] == label[None, :]

    def distances():
        if variant == "cdist":
            return torch.cdist(x, x)
        square = x.pow(2).sum(1, keepdim=True)
        return torch.addmm(square + square.t(), x, x.t(), beta=1, alpha=-2).clamp(min=1e-12).sqrt()

    def step():
        x.grad = None
        d = distances()
        positive = d.masked_fill(~same, float("-inf")).max(1).values
        negative = d.masked_fill(same, float("inf")).min(1).values
        loss = torch.relu(positive - negative + 0.3).mean()
        loss.backward()
        return loss.item()
    return step


def class_loss(name, rows, classes):
    """Forward and backward of a loss of logits [rows, classes]."""
    def setup(variant):
        import torch
        from torch.nn import functional
        x, target = torch.rand(rows, classes).sub_(0.5).requires_grad_(), torch.arange(rows) * classes // rows

        def step():
            x.grad = None
            loss = functional.cross_entropy(x, target, reduction="none")
            if name == "focal":
                loss = (1 - torch.exp(-loss)) ** 2 * loss
            loss = loss.mean()
            loss.backward()
            return loss.item()
        return step
    return setup


def mbconv(batch, side, channels, window):
    """EfficientNet's inverted residual with expansion 6 and squeeze-excitation, forward and backward."""
    def setup(variant):
        import torch
        from functools import partial
        from torchvision.models.efficientnet import MBConv, MBConvConfig
        block = laid_out(MBConv(MBConvConfig(6, window, 1, channels, channels, 1), 0.0, partial(torch.nn.BatchNorm2d, eps=1e-5)), variant).train()
        x = laid_out(torch.randn(batch, channels, side, side), variant).requires_grad_()
        dy = laid_out(torch.randn(batch, channels, side, side), variant)

        def step():
            x.grad = None
            block.zero_grad(set_to_none=True)
            block(x).backward(dy)
        return step
    return setup


def gemm(kind, m, n, k):
    """C = op(A) op(B) with the library's sgemm, results into a given matrix; kind nn, tn or nt says what is stored transposed."""
    def setup(variant):
        import torch
        a = torch.randn(k, m).t() if kind[0] == "t" else torch.randn(m, k)
        b = torch.randn(n, k).t() if kind[1] == "t" else torch.randn(k, n)
        c = torch.empty(m, n)
        step = lambda: (torch.mm(a, b, out=c), None)[1]
        step.flops = 2 * m * n * k
        return step
    return setup


def efficientnet_b0():
    return torchvision_model("efficientnet_b0", 1000)


def resnet18():
    return torchvision_model("resnet18", 1000)


def vgg11():
    return torchvision_model("vgg11", 35)


def vgg11_features():
    """The convolutions alone: the means of the last 512 channels are the logits."""
    import torch
    return torch.nn.Sequential(vgg11().features, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())


def densenet121():
    return torchvision_model("densenet121", 1000)


def resnet50():
    return torchvision_model("resnet50", 1000)


def resnext50_32x4d():
    return torchvision_model("resnext50_32x4d", 1000)


def wrn_40_10():
    return wide_resnet(40, 10, 100)


CIFAR, IMAGENET, SMALL, DIGIT = (3, 32, 32), (3, 224, 224), (3, 112, 112), (1, 28, 28)
STEPS = {  # name: (images per step, variants, setup, what)
    "resnet18_cifar": (64, LAYOUTS, training(resnet18_cifar, 64, CIFAR, 100), "ResNet-18, CIFAR stem, b64 32x32, 100 classes"),
    "resnet18": (8, LAYOUTS, training(resnet18, 8, IMAGENET, 1000), "ResNet-18 b8 224x224, 1000 classes"),
    "wrn_40_10": (16, LAYOUTS, training(wrn_40_10, 16, CIFAR, 100), "WideResNet-40-10 b16 32x32, 100 classes"),
    "lenet": (128, LAYOUTS, training(lenet, 128, DIGIT, 10), "LeNet b128 1x28x28"),
    "efficientnet_b0": (8, LAYOUTS, training(efficientnet_b0, 8, IMAGENET, 1000), "EfficientNet-B0 b8 224x224, 1000 classes"),
    "vgg11": (8, LAYOUTS, training(vgg11, 8, SMALL, 35), "VGG-11 b8 112x112, 35 classes, adaptive pool to 7x7"),
    "vgg11_features": (8, LAYOUTS, training(vgg11_features, 8, SMALL, 512), "convolutions of VGG-11 b8 112x112"),
    "densenet121": (8, LAYOUTS, training(densenet121, 8, SMALL, 1000), "DenseNet-121 b8 112x112, 1000 classes"),
    "resnet50": (4, LAYOUTS, training(resnet50, 4, IMAGENET, 1000), "ResNet-50 b4 224x224, 1000 classes"),
    "resnext50_32x4d": (4, LAYOUTS, training(resnext50_32x4d, 4, IMAGENET, 1000), "ResNeXt-50 32x4d b4 224x224, 1000 classes"),
    "mlp": (128, ("rows",), training(mlp, 128, (784,), 10), "MLP 784-512-256-10 b128"),
    "infer_resnet18_cifar": (64, LAYOUTS, inference(resnet18_cifar, 64, CIFAR), "forward of resnet18_cifar, b64"),
    "infer_lenet": (128, LAYOUTS, inference(lenet, 128, DIGIT), "forward of lenet, b128"),
    "infer_resnet18": (8, LAYOUTS, inference(resnet18, 8, IMAGENET), "forward of resnet18, b8 224x224"),
    "infer_efficientnet_b0": (8, LAYOUTS, inference(efficientnet_b0, 8, IMAGENET), "forward of efficientnet_b0, b8 224x224"),
    "adam_11m": (None, ("single", "foreach"), adam, "Adam step over the parameters of resnet18_cifar"),
    "copy_256mb": (None, ("copy_",), copy_bandwidth, "memory copy, 256 MB to 256 MB"),
    "triplet_256x512": (None, ("mm", "cdist"), triplet, "batch-hard triplet loss, forward + backward, B=256 D=512"),
    "resnet18_cifar_bf16": (64, LAYOUTS, training(resnet18_cifar, 64, CIFAR, 100, True), "resnet18_cifar under bf16 autocast"),
    "resnet18_bf16": (8, LAYOUTS, training(resnet18, 8, IMAGENET, 1000, True), "resnet18 under bf16 autocast"),
}

for shape in [(8, 56, 24, 3), (8, 28, 40, 5), (8, 14, 112, 5), (8, 7, 192, 5)]:
    STEPS["mbconv_{}x{}x{}_k{}".format(shape[1], shape[1], shape[2], shape[3])] = (None, LAYOUTS, mbconv(*shape), "MBConv block b{} {}x{}x{} k{}, expansion 6".format(shape[0], shape[1], shape[1], shape[2], shape[3]))
for loss in ("cross_entropy", "focal"):
    STEPS[f"{loss}_4096x1000"] = (None, ("rows",), class_loss(loss, 4096, 1000), f"{loss} of logits 4096x1000, forward + backward")

GEMMS = [("nn", 512, 512, 512), ("nn", 1024, 1024, 1024), ("nn", 2048, 2048, 2048), ("nn", 65536, 64, 576), ("nn", 16384, 128, 1152),
         ("nn", 4096, 256, 2304), ("nn", 1024, 512, 4608), ("tn", 576, 64, 65536), ("tn", 1152, 128, 16384), ("tn", 2304, 256, 4096),
         ("nt", 65536, 576, 64), ("nt", 4096, 2304, 256), ("nt", 512, 512, 512)]
for shape in GEMMS:
    STEPS["gemm_{}_{}x{}x{}".format(*shape)] = (None, ("out",), gemm(*shape), "sgemm {} {}x{}x{}".format(*shape))


# ---------------------------------------------------------------- measuring

def status_mb(field):
    line = next(l for l in open("/proc/self/status") if l.startswith(field + ":"))
    return round(int(line.split()[1]) / 1024, 1)


def spread(samples, scale=1e3):
    ordered = [s * scale for s in sorted(samples)]
    return {"median_ms": round(statistics.median(ordered), 3), "min_ms": round(ordered[0], 3),
            "max_ms": round(ordered[-1], 3), "samples": len(ordered)}


def cpu_seconds():
    """CPU seconds since boot used by everyone, and by this process."""
    ticks = [int(t) for t in open("/proc/stat").readline().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK"), time.process_time()      # without idle, iowait


def others_load(since, seconds):
    """How many cores other processes kept busy meanwhile (steal by other machines included)."""
    everyone, own = (now - then for now, then in zip(cpu_seconds(), since))
    return round(max(0.0, everyone - own) / seconds, 2)


def gemm_gflops():
    import torch
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    times = []
    for _ in range(12):
        start = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - start)
    return round(2 * 1024 ** 3 / statistics.median(times[2:]) / 1e9, 1)


def time_steps(name, variant):
    """Runs one variant of a step workload in this process."""
    import torch
    images, _, setup, _ = STEPS[name]
    base = status_mb("VmRSS")
    step = setup(variant)

    start = time.perf_counter()
    first_loss = step()
    first = time.perf_counter() - start
    if first > SLOW_STEP_SECONDS:
        samples, faults, others, loss, note = [first], 0, None, first_loss, "one step only, no warm-up"
    else:
        while time.perf_counter() - start < max(1, 2 * first):
            step()
        samples, loss, note = [], first_loss, None
        faults, used, begin = resource.getrusage(resource.RUSAGE_SELF).ru_minflt, cpu_seconds(), time.perf_counter()
        while len(samples) < MIN_STEPS or (time.perf_counter() - begin < MIN_SECONDS and len(samples) < MAX_STEPS):
            start = time.perf_counter()
            loss = step()
            samples.append(time.perf_counter() - start)
        others = others_load(used, time.perf_counter() - begin)
        faults = (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults) // len(samples)

    result = {"workload": name, "format": variant, **spread(samples)}
    result["img_s"] = round(images / statistics.median(samples), 2) if images else None
    result["peak_rss_mb"], result["import_rss_mb"], result["faults_step"] = status_mb("VmHWM"), base, faults
    result["gemm_gflops"], result["others_cores"] = gemm_gflops(), others
    for key in ("parameters", "tensors"):
        if hasattr(step, key):
            result[key] = getattr(step, key)
    if hasattr(step, "bytes"):
        result["gb_s"] = round(step.bytes / statistics.median(samples) / 1e9, 2)
    if hasattr(step, "flops"):
        result["gflops"] = round(step.flops / statistics.median(samples) / 1e9, 1)
    if first_loss is not None:
        result["first_loss"], result["last_loss"] = round(first_loss, 4), round(loss, 4)
    if note:
        result["note"] = note
    return result


def read_idx(path):
    import torch
    raw = gzip.open(path).read()
    dims = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
    return torch.frombuffer(bytearray(raw), dtype=torch.uint8, offset=4 + 4 * len(dims)).reshape(dims)


def train_mnist(variant, folder, epochs=3, batch=128):
    """Trains LeNet with Adam(1e-3) from tensors in memory; a sample is one epoch of training."""
    import torch
    begun, imported, used = process_start(), time.time(), cpu_seconds()
    base, split = status_mb("VmRSS"), {}
    for part in ("train", "t10k"):
        x = read_idx(folder / f"{part}-images-idx3-ubyte.gz")[:, None].float().div_(255).sub_(0.1307).div_(0.3081)
        split[part] = laid_out(x, variant), read_idx(folder / f"{part}-labels-idx1-ubyte.gz").long()
    model, loss_of = laid_out(lenet(), variant), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    loaded = time.time()

    def accuracy():
        x, y = split["t10k"]
        with torch.no_grad():
            hits = sum((model(x[i:i + 1000]).argmax(1) == y[i:i + 1000]).sum().item() for i in range(0, len(y), 1000))
        return hits / len(y)

    (x, y), epoch_seconds, accuracies, first_step = split["train"], [], [], None
    for _ in range(epochs):
        start = time.perf_counter()
        for index in torch.randperm(len(y)).split(batch):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(model(x[index]), y[index])
            loss.backward()
            optimizer.step()
            loss.item()
            first_step = first_step or time.time()
        epoch_seconds.append(time.perf_counter() - start)
        model.eval()
        accuracies.append(accuracy())
        model.train()
    ended = time.time()
    return {"workload": "mnist_lenet", "format": variant, **spread(epoch_seconds),
            "img_s": round(len(y) / statistics.median(epoch_seconds), 1), "peak_rss_mb": status_mb("VmHWM"),
            "import_rss_mb": base, "epoch_s": [round(s, 2) for s in epoch_seconds], "test_accuracy": accuracies,
            "import_s": round(imported - begun, 2), "load_s": round(loaded - imported, 2),
            "first_step_s": round(first_step - begun, 2), "process_s": round(ended - begun, 2),
            "others_cores": others_load(used, ended - imported), "gemm_gflops": gemm_gflops()}


def process_start():
    return float(os.environ["PEER_STARTED"])


def first_step(variant):
    """Seconds from the start of the process to the end of its first training step."""
    imported = time.time()
    step = STEPS[variant][2]("channels_last")
    step()
    return {"import_s": imported - process_start(), "first_step_s": time.time() - process_start(),
            "peak_rss_mb": status_mb("VmHWM")}


def child(request, args):
    import torch
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    kind, name, variant = request
    if kind == "startup":
        return first_step(variant)
    return train_mnist(variant, args.mnist) if kind == "mnist" else time_steps(name, variant)


def spawn(args, kind, name, variant):
    env = dict(os.environ, OMP_NUM_THREADS=str(args.threads), OPENBLAS_CORETYPE=args.openblas_core)
    if args.setup == "tuned":
        env.update(MALLOC_MMAP_MAX_="0", MALLOC_TRIM_THRESHOLD_=str(1 << 40), MALLOC_TOP_PAD_=str(64 << 20),
                   OMP_WAIT_POLICY="PASSIVE")
    env["PEER_STARTED"] = repr(time.time())
    command = [sys.executable, __file__, "--child", kind, name, variant, "--threads", str(args.threads), "--mnist", str(args.mnist)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{name} ({variant}) failed with exit code {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def run(args, name):
    """One workload: all its variants, the fastest reported."""
    if name.startswith("startup_"):
        rounds = [spawn(args, "startup", name, name[len("startup_"):]) for _ in range(MIN_STEPS + 1)][1:]
        return {"workload": name, "format": "channels_last", **spread([r["first_step_s"] for r in rounds]), "img_s": None,
                "peak_rss_mb": max(r["peak_rss_mb"] for r in rounds),
                "import_ms": round(1e3 * statistics.median(r["import_s"] for r in rounds), 1)}
    kind, variants = ("mnist", LAYOUTS) if name == "mnist_lenet" else ("step", STEPS[name][1])
    if kind == "mnist" and not (args.mnist / "train-images-idx3-ubyte.gz").is_file():
        raise SystemExit(f"no train-images-idx3-ubyte.gz in {args.mnist}; name the folder of the IDX files with --mnist")
    results = [spawn(args, kind, name, v) for v in variants]
    best = min(results, key=lambda r: r["median_ms"])
    best["variants"] = {r["format"]: [r["median_ms"], r["min_ms"], r["max_ms"], r["peak_rss_mb"], r["others_cores"]] for r in results}
    return best


def table(path):
    rows = [json.loads(line) for line in open(path) if line.strip()]
    print("| workload | fastest format | median ms | min - max ms | img/s | peak RSS MB | other format, median ms | setup "
          "| GEMM GF/s | others' cores |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for r in rows:
        others = ", ".join(f"{k} {v[0]:.4g}" for k, v in r.get("variants", {}).items() if k != r["format"])
        rate = f"{r['img_s']:.4g}" if r["img_s"] else f"{r['gb_s']} GB/s" if "gb_s" in r else ""
        print(f"| {r['workload']} | {r['format']} | {r['median_ms']:.4g} | {r['min_ms']:.4g} - {r['max_ms']:.4g} | {rate} "
              f"| {r['peak_rss_mb']:.0f} | {others} | {r['setup']} "
              f"| {r.get('gemm_gflops') or ''} | {'' if r.get('others_cores') is None else r['others_cores']} |")


def main():
    extra = {"mnist_lenet": "trains LeNet on MNIST, 3 epochs, Adam 1e-3, b128; a sample is an epoch",
             "startup_lenet": "process start to end of the first LeNet step (needs torch only)",
             "startup_resnet18_cifar": "process start to end of the first resnet18_cifar step (torch + torchvision)"}
    names = {**{k: v[3] for k, v in STEPS.items()}, **extra}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="names and what they do")
    parser.add_argument("--table", metavar="FILE", help="print a file of JSON lines as a Markdown table")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--setup", choices=("tuned", "stock"), default="tuned")
    parser.add_argument("--openblas-core", default="SkylakeX", help="value of OPENBLAS_CORETYPE")
    parser.add_argument("--mnist", type=Path, default=DEFAULT_MNIST, help="folder of the four IDX .gz files")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return print(json.dumps(child(args.child, args)))
    if args.table:
        return table(args.table)
    if args.list:
        return print("\n".join(f"{k:24} {v}" for k, v in names.items()))
    unknown = [n for n in args.names if n not in names]
    if unknown:
        parser.error(f"unknown workload '{unknown[0]}', expected one of: {', '.join(names)}")
    for name in args.names or names:
        print(json.dumps({**run(args, name), "setup": args.setup, "threads": args.threads}), flush=True)


if __name__ == "__main__":
    main()
