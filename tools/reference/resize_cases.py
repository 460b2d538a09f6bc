#!/usr/bin/env python3
"""Pillow's resize of images that a formula makes: tests/NativeEngine.Data.Tests/Golden/resize.csv (needs Pillow and numpy).

Pixel c of row y, column x is (x x 7919 + y x 104729 + c x 1299709 + (x y) x 31 + (x // 9 x (y // 5)) x 97) mod 251 + 2, in integers. A line is: what, method, channels,
height, width, box (top, left, height, width), new height, new width, SHA-256. `eval` lines are torchvision's Resize(floor(size / crop_pct)) and CenterCrop(size)."""
import hashlib
import math
import pathlib

import numpy as np
from PIL import Image

FILE = pathlib.Path(__file__).parents[2] / "tests/NativeEngine.Data.Tests/Golden/resize.csv"
METHODS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "nearest": Image.NEAREST}
SIZES = [  # height, width -> height, width
    ((28, 28), (32, 32)), ((32, 32), (28, 28)), ((28, 28), (224, 224)), ((5, 7), (7, 5)), ((1, 1), (9, 4)), ((9, 4), (1, 1)), ((3, 50), (50, 3)), ((17, 33), (17, 16)), ((17, 33), (8, 33)),
    ((375, 500), (256, 341)), ((500, 375), (341, 256)), ((333, 499), (224, 224)), ((768, 1024), (256, 341)), ((2000, 3000), (256, 384)), ((480, 640), (479, 639)), ((256, 256), (255, 257)), ((64, 64), (200, 131)),
]
BOXES = [((375, 500), (13, 57, 301, 222), (224, 224)), ((100, 100), (99, 99, 1, 1), (8, 8)), ((60, 80), (0, 40, 60, 40), (96, 64)), ((256, 341), (31, 100, 224, 224), (224, 224)), ((40, 40), (3, 5, 20, 30), (20, 11))]
EVAL = [((375, 500), 224, 0.875), ((500, 333), 224, 0.875), ((213, 322), 224, 0.875), ((31, 47), 32, 0.9), ((256, 257), 224, 0.875), ((1200, 1601), 288, 1.0), ((100, 301), 96, 0.95), ((10, 10), 28, 0.875)]


def image(height, width, channels):
    y, x, c = np.mgrid[0:height, 0:width, 0:channels].astype(np.int64)
    pixels = ((x * 7919 + y * 104729 + c * 1299709 + x * y * 31 + (x // 9) * (y // 5) * 97) % 251 + 2).astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if channels == 1 else pixels)


def row(what, method, channels, size, box, new, result):
    return ",".join(map(str, [what, method, channels, *size, *box, *new, hashlib.sha256(result.tobytes()).hexdigest()]))


def main():
    rows = []
    for method, number in METHODS.items():
        for channels in (1, 3):
            for size, new in SIZES:
                rows.append(row("resize", method, channels, size, (0, 0, *size), new, image(*size, channels).resize(new[::-1], number)))
            for size, (top, left, height, width), new in BOXES:
                cut = image(*size, channels).crop((left, top, left + width, top + height))
                rows.append(row("resize", method, channels, size, (top, left, height, width), new, cut.resize(new[::-1], number)))
            for (height, width), side, part in EVAL:
                short = math.floor(side / part)
                new = (short, int(short * width / height)) if height <= width else (int(short * height / width), short)
                top, left = int(round((new[0] - side) / 2.0)), int(round((new[1] - side) / 2.0))
                result = image(height, width, channels).resize(new[::-1], number).crop((left, top, left + side, top + side))
                rows.append(row("eval", method, channels, (height, width), (side, part, 0, 0), (side, side), result))
    FILE.write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
