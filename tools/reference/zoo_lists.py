#!/usr/bin/env python3
"""What torchvision says about its models: state dict names, types and shapes, parameters and multiply-adds at the default image size.

Writes tests/NativeEngine.Nn.Tests/Golden/zoo.json.gz; the CIFAR stems and models that torchvision lacks are left out.
"""
import gzip
import json
import pathlib

import torch
import torchvision

SIZES = {"efficientnet_b1": 240, "efficientnet_b2": 288, "efficientnet_b3": 300, "efficientnet_b4": 380}
NAMES = (
    "resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d wide_resnet50_2 "
    "vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn vgg16_bn vgg19_bn densenet121 densenet169 "
    "efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 "
    "mobilenet_v2 mobilenet_v3_small mobilenet_v3_large squeezenet1_1"
).split()


def macs(model, size):
    """Multiply-adds of convolutions and linear layers for one image."""
    total = 0

    def count(module, _, output):
        nonlocal total
        per_value = module.weight[0].numel() if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)) else 0
        total += per_value * output.numel()

    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.register_forward_hook(count)
    with torch.no_grad():
        model.eval()(torch.zeros(1, 3, size, size))
    return total


def main():
    torch.set_num_threads(1)
    zoo = {}
    for name in NAMES:
        model = getattr(torchvision.models, name)(weights=None)
        zoo[name] = {
            "parameters": sum(p.numel() for p in model.parameters()),
            "macs": macs(model, SIZES.get(name, 224)),
            "state": [f"{k} {str(v.dtype).removeprefix('torch.')} {list(v.shape)}" for k, v in model.state_dict().items()],
        }
        print(name, zoo[name]["parameters"], zoo[name]["macs"], flush=True)
    source = f"tools/reference/zoo_lists.py, torchvision {torchvision.__version__}"
    target = pathlib.Path(__file__).parents[2] / "tests/NativeEngine.Nn.Tests/Golden/zoo.json.gz"
    with open(target, "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
        packed.write(json.dumps({"source": source, "models": zoo}, indent=0).encode())


if __name__ == "__main__":
    main()
