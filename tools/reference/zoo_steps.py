#!/usr/bin/env python3
"""One evaluation, two SGD steps of torchvision's models on seeded weights: tests/NativeEngine.Nn.Tests/Golden/zoo_steps.json.gz.

Order: fill the weights (seeded.py), one training forward pass (it moves the running statistics), logits in evaluation mode, then two steps
on the same batch. A gradient or weight tensor w is recorded as two numbers: its norm and its projection sum(w * u) / norm(w) / norm(u) on
seeded numbers u, which any permutation or sign error changes. Dropout and stochastic depth are off. Of a few seeds the one is taken whose
float32 results stay closest to float64's; the remaining distance is recorded, and the test's tolerance follows from it.
"""
import gzip
import json
import pathlib
import sys

import numpy as np
import torch
import torchvision

import seeded

NAMES = (
    "resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d wide_resnet50_2 densenet121 densenet169 "
    "vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn vgg16_bn vgg19_bn "
    "efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 mobilenet_v2 mobilenet_v3_small mobilenet_v3_large squeezenet1_1"
).split()
TARGET = pathlib.Path(__file__).parents[2] / "tests/NativeEngine.Nn.Tests/Golden/zoo_steps.json.gz"
BATCH, SIZE, CLASSES, LR, SEEDS = 4, 64, 10, 1e-3, 3


def measure(tensor, stream):
    values = tensor.detach().double().flatten().numpy()
    u = seeded.uniform(stream, values.size)
    norm = float(np.linalg.norm(values))
    return [norm, float(values @ u / (norm * np.linalg.norm(u))) if norm > 0 else 0.0]


def run(name, seed, dtype):
    model = getattr(torchvision.models, name)(weights=None, num_classes=CLASSES)
    for module in model.modules():
        if isinstance(module, (torch.nn.Dropout, torchvision.ops.StochasticDepth)):
            module.p = 0.0
    seeded.fill(model, seed)
    model.to(dtype).train()
    x, y = seeded.batch(seed, (BATCH, 3, SIZE, SIZE), CLASSES, dtype)
    with torch.no_grad():
        model(x)
        logits = model.eval()(x)
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=0.9, weight_decay=1e-4)
    result = {"logits": logits.double().flatten().tolist(), "loss": []}
    for step in range(2):
        loss = torch.nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            result["gradients"] = [measure(p.grad, i) for i, p in enumerate(model.parameters())]
        optimizer.step()
        result["loss"].append(loss.item())
    floats = [v for v in model.state_dict().values() if v.is_floating_point()]
    result["state"] = [measure(v, i) for i, v in enumerate(floats)]
    return result


def distance(a, b):
    """Largest difference: logits relative to their largest, losses relative, gradients and state relative to their norm."""
    a_logits, b_logits = np.array(a["logits"]), np.array(b["logits"])
    worst = [np.abs(a_logits - b_logits).max() / np.abs(b_logits).max()]
    worst += [abs(p - q) / abs(q) for p, q in zip(a["loss"], b["loss"])]
    floor = 1e-6 * max(q[0] for q in b["gradients"])  # a gradient that is zero but for rounding, as of a bias before batch norm
    for kind in ("gradients", "state"):
        for p, q in zip(a[kind], b[kind]):
            if q[0] > floor:
                worst.append(max(abs(p[0] - q[0]) / q[0], abs(p[1] - q[1])))
    return float(max(worst))


def compact(value):
    if isinstance(value, list):
        return [compact(v) for v in value]
    return float(f"{value:.7g}")


def main():
    torch.set_num_threads(1)
    models = known()
    for name in sys.argv[1:] or NAMES:
        best = None
        for seed in range(1, SEEDS + 1):
            double = run(name, seed, torch.float64)
            rounding = distance(run(name, seed, torch.float32), double)
            if best is None or rounding < best["rounding"]:
                best = {"seed": seed, "rounding": rounding} | {k: compact(v) for k, v in double.items()}
            if rounding < 2e-4:
                break
        models[name] = best
        print(name, "seed", best["seed"], "float32 against float64:", f"{best['rounding']:.1e}", flush=True)
        save(models)


def known():
    """What was recorded before: models that are not named on the command line stay as they are."""
    if not TARGET.exists() or not sys.argv[1:]:
        return {}
    with gzip.open(TARGET) as file:
        return json.load(file)["models"]


def save(models):
    settings = {"batch": BATCH, "img_size": SIZE, "num_classes": CLASSES, "lr": LR, "momentum": 0.9, "weight_decay": 1e-4}
    source = f"tools/reference/zoo_steps.py, torchvision {torchvision.__version__}, float64"
    with open(TARGET, "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
        packed.write(json.dumps({"source": source, "settings": settings, "models": models}).encode())


if __name__ == "__main__":
    main()
