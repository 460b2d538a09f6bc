#!/usr/bin/env python3
"""Small JPEG files as libjpeg writes them, each beside its pixels as PNG: tests/NativeEngine.Data.Tests/Golden/jpeg (needs Pillow)."""
import pathlib

import numpy as np
from PIL import Image

FOLDER = pathlib.Path(__file__).parents[2] / "tests/NativeEngine.Data.Tests/Golden/jpeg"


def picture(height, width, channels):
    """Smooth colours with edges and some noise: every frequency has coefficients."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [128 + 100 * np.sin((c + 1) * x / 9 + y / 7) + 60 * ((x // 5 + y // 6 + c) % 2) for c in range(channels)]
    noise = np.random.default_rng(1).normal(0, 8, (height, width, channels))
    image = np.clip(np.stack(planes, -1) + noise, 0, 255).astype(np.uint8)
    return Image.fromarray(image[..., 0] if channels == 1 else image)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    cases = {
        "grey": (picture(19, 21, 1), dict(quality=85)),
        "grey_progressive": (picture(33, 17, 1), dict(quality=60, progressive=True)),
        "444": (picture(24, 31, 3), dict(quality=90, subsampling=0)),
        "422": (picture(25, 37, 3), dict(quality=80, subsampling=1)),
        "420": (picture(35, 41, 3), dict(quality=75, subsampling=2)),
        "420_progressive": (picture(49, 50, 3), dict(quality=70, subsampling=2, progressive=True)),
        "optimised": (picture(17, 16, 3), dict(quality=95, optimize=True)),
        "restarts": (picture(40, 48, 3), dict(quality=75, restart_marker_blocks=3)),
        "tiny": (picture(1, 1, 3), dict(quality=75)),
    }
    for name, (image, options) in cases.items():
        path = FOLDER / f"{name}.jpg"
        image.save(path, **options)
        with Image.open(path) as read:
            read.save(FOLDER / f"{name}.png")
    picture(16, 16, 3).convert("CMYK").save(FOLDER / "cmyk.jpg")


if __name__ == "__main__":
    main()
