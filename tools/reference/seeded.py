"""Weights and batches by formula, so that the engine's tests compute the same numbers without a file (tests/.../Golden/Seeded.cs)."""
import numpy as np
import torch


def uniform(stream, count):
    """count numbers in [-1, 1): an integer hash of (stream, position)."""
    with np.errstate(over="ignore"):
        h = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32((stream * 40503 + 12345) % 2**32)
        h ^= h >> np.uint32(16)
        h *= np.uint32(2246822519)
        h ^= h >> np.uint32(13)
        h *= np.uint32(3266489917)
        h ^= h >> np.uint32(16)
    return h.astype(np.float64) / 2**31 - 1


def fill(model, seed=0):
    """Parameter i takes stream seed * 10000 + i: weights have the variance of kaiming_normal, other vectors lie in -0.1..0.1.

    Norms give numbers around 1 with a deviation of 0.28, each channel a little different, so that a ReLU sees hardly any number near 0. A number
    there takes the one or the other side by rounding alone, and one of a million that does moves gradients by percents, in PyTorch as anywhere:
    comparing two computations would say nothing. As every branch has the same deviation, none of them multiplies the errors of those before it.
    """
    norms = [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._NormBase)]
    scales, shifts = {id(m.weight) for m in norms}, {id(m.bias) for m in norms}
    with torch.no_grad():
        for i, p in enumerate(model.parameters()):
            u = uniform(seed * 10000 + i, p.numel())
            if p.dim() > 1:
                u *= np.sqrt(6.0 / (p.numel() // p.shape[0]))
            elif id(p) in scales:
                u = 0.28 * (1 + 0.1 * u)
            elif id(p) in shifts:
                u = 1 + 0.1 * u
            else:
                u *= 0.1
            p.copy_(torch.tensor(u.astype(np.float32)).reshape(p.shape))


def batch(step, shape, classes, dtype=torch.float32):
    """Images of variance 1 and class ids of one step."""
    x = torch.tensor((np.sqrt(3.0) * uniform(1000000 + 2 * step, int(np.prod(shape)))).astype(np.float32)).reshape(shape).to(dtype)
    ids = np.floor((uniform(1000001 + 2 * step, shape[0]) + 1) / 2 * classes).astype(np.int64)
    return x, torch.tensor(ids)
