#!/usr/bin/env python3
"""Ten training steps in PyTorch; writes the losses to tests/NativeEngine.Nn.Tests/Golden/ten_steps.json.

Weights and batches come from seeded.py. Each run is repeated in double precision: the loss must not depend on rounding.
"""
import json
import pathlib

import torch

import models
import seeded

RUNS = [
    dict(model="lenet", batch=16, in_chans=1, img_size=28, num_classes=10, steps=10, lr=0.02, momentum=0.9, weight_decay=5e-4, nesterov=False),
    dict(model="resnet18_cifar", batch=4, in_chans=3, img_size=32, num_classes=10, steps=10, lr=1e-4, momentum=0.9, weight_decay=5e-4, nesterov=True),
]


def losses(run, dtype):
    model = models.create(run["model"], run["num_classes"])
    seeded.fill(model)
    model.to(dtype).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=run["lr"], momentum=run["momentum"], weight_decay=run["weight_decay"], nesterov=run["nesterov"])
    result = []
    for step in range(run["steps"]):
        x, y = seeded.batch(step, (run["batch"], run["in_chans"], run["img_size"], run["img_size"]), run["num_classes"], dtype)
        loss = torch.nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        result.append(loss.item())
    return result


def main():
    torch.set_num_threads(1)
    for run in RUNS:
        single, double = losses(run, torch.float32), losses(run, torch.float64)
        drift = max(abs(a - b) / abs(b) for a, b in zip(single, double))
        print(run["model"], [round(v, 5) for v in single], f"float32 against float64: {drift:.1e}")
        assert drift < 2e-5, "badly conditioned: choose a smaller learning rate"
        run["losses"] = single
    target = pathlib.Path(__file__).parents[2] / "tests/NativeEngine.Nn.Tests/Golden/ten_steps.json"
    target.write_text(json.dumps({"source": f"tools/reference/ten_steps.py, torch {torch.__version__}", "runs": RUNS}, indent=1) + "\n")


if __name__ == "__main__":
    main()
