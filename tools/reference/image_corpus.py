#!/usr/bin/env python3
"""Pictures of every kind that is read, and Pillow's pixels of them: tests/NativeEngine.Data.Tests/Golden/pictures.zip.

Needs Pillow 9.4 with libjpeg-turbo, and cjpeg (libjpeg-turbo-progs). The archive holds the files and pixels.csv: name, width, height, SHA-256 of
convert("RGB") and of convert("L") as Pillow reads the file (after ImageOps.exif_transpose for the files called exif_*) and of
the picture pasted over white. `image_corpus.py FOLDER` unpacks it there instead, for looking at it."""
import hashlib
import io
import pathlib
import random
import struct
import subprocess
import sys
import zipfile
import zlib

import numpy as np
from PIL import Image, ImageFile, ImageOps

ARCHIVE = pathlib.Path(__file__).parents[2] / "tests/NativeEngine.Data.Tests/Golden/pictures.zip"
SAMPLINGS = ["1x1,1x1,1x1", "2x1,1x1,1x1", "1x2,1x1,1x1", "2x2,1x1,1x1", "4x1,1x1,1x1", "4x2,1x1,1x1", "2x2,2x1,2x1", "2x2,1x2,1x2", "2x2,2x1,1x2", "2x1,1x1,2x1", "1x2,1x1,1x2"]


def array(height, width, channels, seed=1):
    """Smooth colours with edges and some noise: every frequency has coefficients."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [128 + 100 * np.sin((c + 1 + seed % 5) * x / 9 + y / 7) + 60 * ((x // 5 + y // 6 + c) % 2) for c in range(channels)]
    noise = np.random.default_rng(seed).normal(0, 8, (height, width, channels))
    return np.clip(np.stack(planes, -1) + noise, 0, 255).astype(np.uint8)


def picture(height, width, channels, seed=1):
    image = array(height, width, channels, seed)
    return Image.fromarray(image[..., 0] if channels == 1 else image)


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def cjpeg(image, *options):
    return subprocess.run(["cjpeg", *options], input=saved(image, "PPM"), capture_output=True, check=True).stdout


def segments(jpeg):
    """(marker, start, end) of the segments in front of the first scan."""
    at = 2
    while jpeg[at + 1] != 0xDA:
        end = at + 2 + struct.unpack(">H", jpeg[at + 2:at + 4])[0]
        yield jpeg[at + 1], at, end
        at = end


def without(jpeg, marker):
    for m, start, end in segments(jpeg):
        if m == marker:
            return jpeg[:start] + jpeg[end:]
    raise ValueError(f"no marker {marker:x}")


def adobe(transform):
    return b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform])


def jpegs():
    seed = 0
    for sampling in SAMPLINGS:
        for mode in ([], ["-progressive"], ["-arithmetic"], ["-restart", "1"], ["-optimize"], ["-progressive", "-restart", "2B"], ["-arithmetic", "-progressive"], ["-dct", "fast"]):
            seed += 1
            size = [(35, 41), (16, 16), (17, 64), (50, 23), (8, 9), (33, 31), (1, 1), (2, 70)][seed % 8]
            name = f"jpeg/{sampling.replace(',', '_')}{''.join(mode)}.jpg"
            yield name, cjpeg(picture(*size, 3, seed), "-quality", str([90, 75, 50, 97, 30][seed % 5]), "-sample", sampling, *mode)
    for quality in (1, 5, 20, 40, 60, 80, 95, 100):
        for subsampling in (0, 1, 2):
            seed += 1
            yield f"jpeg/q{quality}_{subsampling}.jpg", saved(picture(29, 37, 3, seed), "JPEG", quality=quality, subsampling=subsampling, progressive=seed % 2 == 0)
    for width in (3, 5, 7, 8, 9, 15, 17, 25, 31, 32, 33, 47):
        seed += 1
        yield f"jpeg/width{width}.jpg", saved(picture(max(1, 50 - width), width, 3, seed), "JPEG", quality=85)
        yield f"jpeg/grey{width}.jpg", saved(picture(width, max(1, 50 - width), 1, seed), "JPEG", quality=70, progressive=width % 2 == 0)
    for blocks in range(1, 9):
        seed += 1
        yield f"jpeg/restart{blocks}.jpg", saved(picture(40, 48, 3, seed), "JPEG", quality=75, restart_marker_blocks=blocks)
    for i, (quality, progressive) in enumerate([(50, False), (75, True), (90, False), (97, True)]):
        seed += 1
        rgba = array(20 + 3 * i, 27 - i, 4, seed)
        yield f"jpeg/cmyk{i}.jpg", saved(Image.fromarray(rgba, "CMYK"), "JPEG", quality=quality, progressive=progressive)
        plain = saved(Image.fromarray(rgba, "CMYK"), "JPEG", quality=quality, progressive=progressive)
        yield f"jpeg/ycck{i}.jpg", plain.replace(adobe(0)[4:], adobe(2)[4:])
        yield f"jpeg/cmyk_plain{i}.jpg", without(plain, 0xEE)
    for i, subsampling in enumerate((0, 1, 2)):
        seed += 1
        plain = saved(picture(32, 33, 3, seed), "JPEG", quality=90, subsampling=subsampling)
        app0 = 2 + 2 + struct.unpack(">H", plain[4:6])[0]
        bare = without(plain, 0xE0)
        for transform in (0, 1, 2):
            yield f"jpeg/jfif_adobe{transform}_{i}.jpg", plain[:app0] + adobe(transform) + plain[app0:]
            yield f"jpeg/adobe{transform}_{i}.jpg", bare[:2] + adobe(transform) + bare[2:]
        yield f"jpeg/bare{i}.jpg", bare
        yield f"jpeg/comment{i}.jpg", plain[:app0] + b"\xff\xff\xff\xfe\x00\x06text" + plain[app0:]
        yield f"jpeg/tail{i}.jpg", plain + b"what follows the end"
    rgb = cjpeg(picture(30, 40, 3, 77), "-rgb", "-quality", "80")
    yield "jpeg/rgb.jpg", rgb
    ids = bytearray(without(saved(picture(24, 25, 3, 78), "JPEG", quality=80, subsampling=0), 0xE0))
    for m, start, end in list(segments(bytes(ids))):
        if m == 0xC0:
            ids[start + 10], ids[start + 13], ids[start + 16] = b"RGB"
    scan = ids.index(b"\xff\xda")
    ids[scan + 5], ids[scan + 7], ids[scan + 9] = b"RGB"
    yield "jpeg/named_rgb.jpg", bytes(ids)
    restarts = saved(picture(47, 61, 3, 79), "JPEG", quality=75, restart_marker_blocks=2)
    for fill in (1, 3):
        out, at = bytearray(), restarts.index(b"\xff\xda")
        out += restarts[:at]
        while at < len(restarts):
            if restarts[at] == 0xFF and 0xD0 <= restarts[at + 1] <= 0xD7:
                out += b"\xff" * fill
            out.append(restarts[at])
            at += 1
        yield f"jpeg/fill_before_restart{fill}.jpg", bytes(out)
    for subsampling in (0, 2):
        plain = saved(picture(47, 61, 3, 80), "JPEG", quality=75, subsampling=subsampling)
        yield f"jpeg/no_end{subsampling}.jpg", plain[:-2]
        yield f"jpeg/half_end{subsampling}.jpg", plain[:-1]
        yield f"jpeg/no_end_progressive{subsampling}.jpg", saved(picture(47, 61, 3, 80), "JPEG", quality=75, subsampling=subsampling, progressive=True)[:-2]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, depth, colour, rows, *, palette=None, transparency=None, extra=b""):
    """An uninterlaced PNG of packed rows."""
    stride = len(rows) // height
    data = b"".join(b"\0" + rows[y * stride:(y + 1) * stride] for y in range(height))
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)) + extra
    file += chunk(b"PLTE", palette) if palette else b""
    file += chunk(b"tRNS", transparency) if transparency is not None else b""
    return file + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def others():
    rng = np.random.default_rng(9)
    noise = lambda n: rng.integers(0, 256, n, dtype=np.uint8).tobytes()
    rgba = array(13, 17, 4, 3)
    rgba[3:6, 2:9, 3] = 0
    rgba[6:8, :, 3] = 255
    opaque = rgba.copy()
    opaque[..., 3] = 255
    w, h = 17, 13
    for colour, channels in ((0, 1), (2, 3), (4, 2), (6, 4)):
        for depth in (8, 16):
            yield f"png/c{colour}_{depth}.png", png(w, h, depth, colour, noise(w * h * channels * depth // 8))
    for depth in (1, 2, 4):
        yield f"png/c0_{depth}.png", png(w, h, depth, 0, noise(h * ((w * depth + 7) // 8)))
        yield f"png/c0_{depth}_trns.png", png(w, h, depth, 0, noise(h * ((w * depth + 7) // 8)), transparency=b"\0\1")
    for depth in (1, 2, 4, 8):
        yield f"png/c3_{depth}.png", png(w, h, depth, 3, noise(h * ((w * depth + 7) // 8)), palette=noise(3 << depth))
        yield f"png/c3_{depth}_trns.png", png(w, h, depth, 3, noise(h * ((w * depth + 7) // 8)), palette=noise(3 << depth), transparency=noise(1 << depth))
    yield "png/c0_8_trns.png", png(w, h, 8, 0, bytes([7, 200] * (w * h // 2) + [7]), transparency=b"\0\7")
    yield "png/c2_8_trns.png", png(w, h, 8, 2, bytes([7, 8, 9, 200, 100, 50] * (w * h // 2) + [7, 8, 9]), transparency=b"\0\7\0\x08\0\x09")
    yield "png/c2_16_trns.png", png(w, h, 16, 2, bytes([7, 1, 8, 2, 9, 3, 200, 0, 100, 0, 50, 0] * (w * h // 2) + [7, 1, 8, 2, 9, 3]), transparency=b"\7\1\x08\2\x09\3")
    yield "png/opaque_rgba.png", saved(Image.fromarray(opaque), "PNG")
    yield "png/alpha.png", saved(Image.fromarray(rgba), "PNG")
    yield "png/gamma.png", png(w, h, 8, 2, noise(w * h * 3), extra=chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)))
    yield "png/bigger.png", saved(picture(90, 120, 3, 5), "PNG")
    for colours, options in ((256, {}), (2, {}), (256, {"interlace": 1}), (7, {"transparency": 3})):
        image = picture(31, 45, 3, colours).quantize(colours)
        yield f"gif/{colours}{''.join(options)}.gif", saved(image, "GIF", **options)
    yield "gif/grey.gif", saved(picture(20, 30, 1), "GIF")
    frames = [picture(20, 30, 3, s).quantize(16) for s in range(3)]
    yield "gif/animated.gif", saved(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0)
    small = bytearray(saved(picture(12, 10, 3, 4).quantize(8), "GIF", transparency=2))
    small[6:10] = struct.pack("<HH", 21, 18)  # the frame covers a part of the screen
    yield "gif/part.gif", bytes(small)
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        source = Image.fromarray(rgba) if mode == "RGBA" else picture(19, 22, 3).quantize(200) if mode == "P" else picture(19, 23, 3).convert(mode)
        yield f"bmp/{mode}.bmp", saved(source, "BMP")
    body = noise(4 * 6 * 5)
    bmp = lambda header, pixels: b"BM" + struct.pack("<IHHI", 14 + len(header) + len(pixels), 0, 0, 14 + len(header)) + header + pixels
    yield "bmp/bits16.bmp", bmp(struct.pack("<IiiHHIIiiII", 40, 6, 5, 1, 16, 0, 60, 0, 0, 0, 0), body[:60])
    yield "bmp/bits565.bmp", bmp(struct.pack("<IiiHHIIiiII", 40, 6, 5, 1, 16, 3, 60, 0, 0, 0, 0) + struct.pack("<III", 0xF800, 0x7E0, 0x1F), body[:60])
    yield "bmp/bits32.bmp", bmp(struct.pack("<IiiHHIIiiII", 40, 6, 5, 1, 32, 0, 120, 0, 0, 0, 0), body)
    yield "bmp/top_down.bmp", bmp(struct.pack("<IiiHHIIiiII", 40, 6, -5, 1, 32, 0, 120, 0, 0, 0, 0), body)
    yield "bmp/bits4.bmp", bmp(struct.pack("<IiiHHIIiiII", 40, 6, 5, 1, 4, 0, 20, 0, 0, 16, 0) + noise(64), body[:20])
    for name, options in (("lossy", dict(quality=80)), ("lossless", dict(lossless=True)), ("best", dict(quality=95, method=6))):
        yield f"webp/{name}.webp", saved(picture(37, 45, 3, 6), "WEBP", **options)
        yield f"webp/{name}_alpha.webp", saved(Image.fromarray(rgba), "WEBP", exact=True, **options)
    yield "webp/animated.webp", saved(picture(20, 30, 3, 1), "WEBP", save_all=True, append_images=[picture(20, 30, 3, 2)], duration=10)
    for mode in ("L", "RGB", "RGBA", "P"):
        for compression in (None, "tga_rle"):
            source = Image.fromarray(rgba) if mode == "RGBA" else picture(19, 22, 3).quantize(200) if mode == "P" else picture(19, 23, 3).convert(mode)
            yield f"tga/{mode}_{compression or 'plain'}.tga", saved(source, "TGA", compression=compression)
    yield "pnm/P4.pbm", saved(picture(19, 23, 1).convert("1"), "PPM")
    yield "pnm/P5.pgm", saved(picture(19, 23, 1), "PPM")
    yield "pnm/P6.ppm", saved(picture(19, 23, 3), "PPM")
    yield "pnm/P1.pbm", b"P1\n# a comment\n5 2\n1 0 1 0 1\n0 1 1 0 0\n"
    yield "pnm/P2.pgm", b"P2\n3 2\n255\n0 100 255\n7 8 9\n"
    yield "pnm/P3.ppm", b"P3\n2 1\n255\n0 100 255\n7 8 9\n"
    yield "pnm/P5_max100.pgm", b"P5\n10 10\n100\n" + bytes(range(1, 101))
    yield "pnm/P1_dense.pbm", b"P1 3 2\n101\n010"
    for most in (3, 1000, 4095, 65535):
        values = [0, 1, most // 3, most // 2, most - 1, most]
        packed = b"".join(v.to_bytes(2 if most > 255 else 1, "big") for v in values)
        yield f"pnm/P5_max{most}.pgm", b"P5 6 1 %d\n" % most + packed
        yield f"pnm/P6_max{most}.ppm", b"P6 2 1 %d\n" % most + packed
        yield f"pnm/P2_max{most}.pgm", b"P2 6 1 %d\n" % most + " ".join(map(str, values)).encode()
    yield "pnm/P2_max15.pgm", b"P2\n4 4\n15\n" + " ".join(map(str, range(16))).encode() + b"\n"
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"jpeg/exif_{orientation}.jpg", saved(picture(21, 34, 3, 12), "JPEG", quality=90, exif=exif.tobytes())
        yield f"png/exif_{orientation}.png", saved(picture(9, 14, 3, 12), "PNG", exif=exif.tobytes())
        yield f"webp/exif_{orientation}.webp", saved(picture(11, 14, 3, 12), "WEBP", lossless=True, exif=exif.tobytes())


def pixels(name, file):
    ImageFile.LOAD_TRUNCATED_IMAGES = "no_end" in name or "half_end" in name
    with Image.open(io.BytesIO(file)) as image:
        if "/exif_" in name:
            image = ImageOps.exif_transpose(image)
        image.load()
        if image.mode == "I":  # Pillow 9.4 cuts 16 bits of grey off at 255; the reader keeps the upper 8 bits
            grey = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
            return image, grey.convert("RGB"), grey
        return image, image.convert("RGB"), image.convert("L")


def composed(image, colour):
    """The picture over a colour."""
    if image.mode == "I":
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    rgba = image.convert("RGBA")
    result = Image.new("RGB", image.size, colour)
    result.paste(rgba, mask=rgba.getchannel("A"))
    return result


def main():
    white = lambda image: composed(image, (255, 255, 255))
    digest = lambda image: hashlib.sha256(image.tobytes()).hexdigest()
    files, rows = [], []
    for name, file in [*jpegs(), *others()]:
        image, rgb, grey = pixels(name, file)
        files.append((name, file, rgb))
        rows.append(f"{name},{rgb.width},{rgb.height},{image.mode},{digest(rgb)},{digest(grey)},{digest(white(image))}")
    if len(sys.argv) > 1:
        for name, file, rgb in files:
            path = pathlib.Path(sys.argv[1], name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file)
            reference = pathlib.Path(sys.argv[1], name.replace("/", "_ref/") + ".rgb")
            reference.parent.mkdir(parents=True, exist_ok=True)
            reference.write_bytes(rgb.tobytes())
        return
    with zipfile.ZipFile(ARCHIVE, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in [("pixels.csv", "\n".join(rows) + "\n"), *((n, f) for n, f, _ in files)]:
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content, compress_type=zipfile.ZIP_DEFLATED)
    print(f"{len(files)} pictures, {sum(n.startswith('jpeg/') for n, _, _ in files)} of them JPEG; {ARCHIVE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
