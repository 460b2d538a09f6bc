#!/usr/bin/env python3
"""What PyTorch says about every model of the catalogue: state dict names, types and shapes, parameters, and for one image of the default size
multiply-adds and the bytes that a forward pass keeps for backward (PyTorch's own; an engine may keep other tensors).

Writes tests/NativeEngine.Nn.Tests/Golden/zoo.json.gz. The source of a list is torchvision, or models.py for the CIFAR stems and the models that torchvision lacks.
"""
import gzip
import json
import pathlib

import torch
import torchvision

import models


def macs(model, channels, size):
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
        model.eval()(torch.zeros(1, channels, size, size))
    return total


def kept_bytes(model, channels, size):
    """Memory that autograd holds after a forward pass, weights and statistics not counted."""
    own = {t.storage().data_ptr() for t in model.state_dict().values()}
    kept = {}

    def keep(tensor):
        kept[tensor.storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model.eval()(torch.zeros(1, channels, size, size))
    return sum(tensor.storage().nbytes() for place, tensor in kept.items() if place not in own)


def main():
    torch.set_num_threads(1)
    zoo = {}
    for name in models.NAMES:
        model = models.create(name, models.default_classes(name))
        zoo[name] = {
            "source": "torchvision" if name in models.TORCHVISION else "tools/reference/models.py",
            "parameters": sum(p.numel() for p in model.parameters()),
            "kept_bytes": kept_bytes(model, *models.default_input(name)),
            "macs": macs(model, *models.default_input(name)),
            "state": [f"{k} {str(v.dtype).removeprefix('torch.')} {list(v.shape)}" for k, v in model.state_dict().items()],
        }
        print(name, zoo[name]["parameters"], zoo[name]["macs"], zoo[name]["kept_bytes"], flush=True)
    source = f"tools/reference/zoo_lists.py, torchvision {torchvision.__version__}"
    target = pathlib.Path(__file__).parents[2] / "tests/NativeEngine.Nn.Tests/Golden/zoo.json.gz"
    with open(target, "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
        packed.write(json.dumps({"source": source, "models": zoo}, indent=0).encode())


if __name__ == "__main__":
    main()
