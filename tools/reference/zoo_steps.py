#!/usr/bin/env python3
"""One evaluation, two SGD steps of every model of the catalogue on seeded weights: tests/NativeEngine.Nn.Tests/Golden/zoo_steps.json.gz.

Order: fill the weights (seeded.py), one training forward pass (it moves the running statistics), logits in evaluation mode, then two steps
on the same batch. Dropout and stochastic depth are off. A gradient, and what a tensor of the state changed by in the two steps, is recorded as
two numbers: its norm, and its projection sum(w * u) / norm(u) * sqrt(n) on seeded numbers u, which is about as large as the norm and which any
permutation or sign error changes.

One rule for all models: two computations that differ by roundings must agree to half of the tolerance, 1e-3. The first seed is taken for which
float32 does, and for which float64 does with noise on every layer's output, somewhat more than an engine's roundings (3x3 convolutions by
Winograd's algorithm have the largest). VGG's classifiers of 120 million weights are too slow for that search; there the noise is put on the
features, and no decision of a ReLU or pool may hang on a number smaller than the noise's deviation. A model without such a seed would be an error, never a reason for a wider bound.
"""
import copy
import functools
import gzip
import json
import pathlib
import sys

import numpy as np
import torch
import torchvision

import models
import seeded

TARGET = pathlib.Path(__file__).parents[2] / "tests/NativeEngine.Nn.Tests/Golden/zoo_steps.json.gz"
CLASSES, LR, SEEDS = 10, 1e-4, 1000
TOLERANCE = 1e-3  # of the largest logit, of a loss, of a tensor's norm
LEAST_GRADIENT = 1e-4  # of the largest norm: smaller gradients are compared on this scale, as one that is zero but for rounding (a bias before batch norm)
LEAST_CHANGE = 1e-3  # of the tensor's own norm, which has roundings of its own
MARGIN = 1  # VGG, see margin
WINOGRAD_NOISE, NOISE = 5e-6, 1e-6  # deviation over the root mean square of a layer's output


def images(name):
    """Batch, channels and image size. VGG's five max pools choose among numbers that may be almost equal: fewer windows, fewer ties; of vgg19 one image, for its depth."""
    channels, size = models.default_input(name)
    if name.startswith("vgg"):
        return 1 if name == "vgg19" else 2, channels, 32
    return (8, channels, size) if size == 28 else (2, channels, size) if size == 32 else (4, channels, 64)


@functools.lru_cache(None)
def projection(stream, size):
    return seeded.uniform(stream, size)


def measure(tensor, stream):
    values = tensor.detach().double().flatten().numpy()
    u = projection(stream, values.size)
    return [float(np.linalg.norm(values)), float(values @ u / np.linalg.norm(u) * np.sqrt(values.size))]


def add_noise(model, seed):
    generator = torch.Generator().manual_seed(seed)

    def perturb(module, _, output):
        winograd = getattr(module, "kernel_size", None) == (3, 3) and module.groups == 1
        noise = (torch.rand(output.shape, generator=generator) - 0.5).to(output.dtype) * 12**0.5
        return output + noise * output.detach().square().mean().sqrt() * (WINOGRAD_NOISE if winograd else NOISE)

    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.register_forward_hook(perturb)


@functools.lru_cache(1)
def filled(name, seed, features_only):
    model = models.create(name, CLASSES)
    if features_only:
        model = model.features
    for module in model.modules():
        if isinstance(module, (torch.nn.Dropout, torchvision.ops.StochasticDepth)):
            module.p = 0.0
    seeded.fill(model, seed)
    return model


def create(name, seed, dtype, features_only=False):
    return copy.deepcopy(filled(name, seed, features_only)).to(dtype).train()


def feature_numbers(name, seed, noise=None):
    """What VGG's ReLUs and max pools decide on: inputs of ReLUs, and the lead of the largest number of each window that lets a gradient through."""
    model, numbers = create(name, seed, torch.float64, features_only=True), []

    def lead(module, inputs, _):
        x = inputs[0]
        windows = x.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4)
        first, second = windows.topk(2).values.unbind(-1)
        numbers.append(torch.where(first > 0, first - second, torch.full_like(first, float("inf"))))

    for module in model:
        if isinstance(module, torch.nn.ReLU):
            module.inplace = False
            module.register_forward_hook(lambda _, inputs, output: numbers.append(inputs[0]))
        elif isinstance(module, torch.nn.MaxPool2d):
            module.register_forward_hook(lead)
    if noise is not None:
        add_noise(model, noise)
    batch, channels, size = images(name)
    with torch.no_grad():
        model(seeded.batch(seed, (batch, channels, size, size), CLASSES, torch.float64)[0])
    return numbers


def margin(name, seed):
    """The smallest number that a decision of VGG's features hangs on, in deviations of the noise: found without its large classifiers."""
    clean, noisy = feature_numbers(name, seed), feature_numbers(name, seed, 0)
    least = float("inf")
    for a, b in zip(clean, noisy):
        both = torch.isfinite(a) & torch.isfinite(b)
        least = min(least, float(a[both].abs().min() / (a[both] - b[both]).square().mean().sqrt()))
    return least


def run(name, seed, dtype, noise=None):
    model = create(name, seed, dtype)
    if noise is not None:
        add_noise(model, noise)
    batch, channels, size = images(name)
    x, y = seeded.batch(seed, (batch, channels, size, size), CLASSES, dtype)
    with torch.no_grad():
        model(x)
        logits = model.eval()(x)
    model.train()
    before = [v.clone() for v in state(model)]
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
    result["changes"] = [measure(v - old, i) for i, (v, old) in enumerate(zip(state(model), before))]
    result["sizes"] = [float(old.double().norm()) for old in before]
    return result


def state(model):
    return [v for v in model.state_dict().values() if v.is_floating_point()]


def distance(a, b):
    """Largest difference by the test's measure."""
    a_logits, b_logits = np.array(a["logits"]), np.array(b["logits"])
    worst = [np.abs(a_logits - b_logits).max() / np.abs(b_logits).max()]
    worst += [abs(p - q) / abs(q) for p, q in zip(a["loss"], b["loss"])]
    least = LEAST_GRADIENT * max(q[0] for q in b["gradients"])
    worst += [max(abs(p[0] - q[0]), abs(p[1] - q[1])) / max(q[0], least) for p, q in zip(a["gradients"], b["gradients"])]
    for p, q, size in zip(a["changes"], b["changes"], b["sizes"]):
        worst.append(max(abs(p[0] - q[0]), abs(p[1] - q[1])) / (max(q[0], LEAST_CHANGE * size)))
    return float(max(worst))


def compact(value):
    if isinstance(value, list):
        return [compact(v) for v in value]
    return float(f"{value:.7g}")


def main():
    torch.set_num_threads(1)
    recorded = known()
    for name in sys.argv[1:] or models.NAMES:
        projection.cache_clear()
        for seed in range(1, SEEDS + 1):
            vgg = name.startswith("vgg")
            if vgg and margin(name, seed) < MARGIN:
                continue
            double = run(name, seed, torch.float64)
            single = distance(run(name, seed, torch.float32), double)
            noisy = max((distance(run(name, seed, torch.float64, noise), double) for noise in range(0 if vgg else 2)), default=0.0) if single < TOLERANCE / 2 else float("nan")
            print(name, f"seed {seed}, losses {double['loss']}, float32 {single:.1e}, noise {noisy:.1e}", flush=True)
            if noisy < TOLERANCE / 2:
                break
        else:
            sys.exit(f"{name}: none of {SEEDS} seeds gives numbers that stand roundings")
        batch, _, size = images(name)
        recorded[name] = {"seed": seed, "batch": batch, "img_size": size, "rounding": compact(single), "noise": compact(noisy)} | {k: compact(v) for k, v in double.items() if k != "sizes"}
        save(recorded)


def known():
    """What was recorded before: models that are not named on the command line stay as they are."""
    if not TARGET.exists() or not sys.argv[1:]:
        return {}
    with gzip.open(TARGET) as file:
        return json.load(file)["models"]


def save(recorded):
    settings = {"num_classes": CLASSES, "lr": LR, "momentum": 0.9, "weight_decay": 1e-4, "tolerance": TOLERANCE, "least_gradient": LEAST_GRADIENT, "least_change": LEAST_CHANGE}
    source = f"tools/reference/zoo_steps.py, torchvision {torchvision.__version__}, float64"
    with open(TARGET, "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
        packed.write(json.dumps({"source": source, "settings": settings, "models": recorded}).encode())


if __name__ == "__main__":
    main()
