#!/usr/bin/python3
"""Images a second of one thread, file to batch: nengine against PIL and torchvision, paired in one run.

usage: peer_data.py FOLDER --nengine "dotnet run -c Release --project src/NativeEngine.Cli --" [--rounds 3] [--seconds 3]
FOLDER is written by nengine bench data; both sides read the same files. Needs Debian's python3-torchvision."""
import argparse, csv, glob, json, os, random, shlex, statistics, subprocess, time
import numpy as np, torch
from PIL import Image, ImageDraw
from torchvision import transforms as T

torch.set_num_threads(1)
parser = argparse.ArgumentParser()
parser.add_argument("folder"); parser.add_argument("--nengine", required=True)
parser.add_argument("--rounds", type=int, default=3); parser.add_argument("--seconds", type=float, default=3)
args = parser.parse_args()

def ours():
    out = subprocess.run(shlex.split(args.nengine) + ["bench", "data", "--folder", args.folder, "--seconds", str(args.seconds), "--json", "-q"],
                         capture_output=True, text=True, check=True).stdout
    return json.loads(out.strip().splitlines()[-1])

ours()  # writes the files, and warms up
jpegs = sorted(glob.glob(os.path.join(args.folder, "photos", "a", "*.jpg")))
small = [Image.fromarray(np.random.RandomState(i).randint(0, 255, (32, 32, 3), np.uint8)) for i in range(500)]
drawings = []
for name in sorted(glob.glob(os.path.join(args.folder, "draw", "train_simplified", "*.csv"))):
    drawings += [json.loads(row["drawing"]) for row in csv.DictReader(open(name))]
mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
batch = T.Compose([T.PILToTensor(), lambda t: t.float().div(255), T.Normalize(mean, std)])
crop = [T.RandomResizedCrop(224), T.RandomHorizontalFlip()]
plain, rand = T.Compose(crop + [batch]), T.Compose(crop + [T.RandAugment(2, 9), batch])
cifar = T.Compose([T.RandomCrop(32, padding=4), T.RandomHorizontalFlip(), T.AutoAugment(T.AutoAugmentPolicy.CIFAR10), batch, T.RandomErasing(0.5)])

def draw(strokes):  # the usual recipe: lines on 256x256, then resized
    image = Image.new("L", (256, 256)); pen = ImageDraw.Draw(image)
    for xs, ys in strokes:
        if len(xs) > 1:
            pen.line(list(zip(xs, ys)), fill=255, width=6)
    return np.asarray(image.resize((64, 64), Image.BILINEAR))

def opened(path):
    return Image.open(path).convert("RGB")

PIPELINES = {"jpeg_crop_flip": (jpegs, lambda p: plain(opened(p))), "jpeg_crop_flip_randaugment": (jpegs, lambda p: rand(opened(p))),
             "cifar_autoaugment_erasing": (small, cifar), "strokes": (drawings, draw)}

def rate(items, run):
    for item in items[:20]:
        run(item)
    n, start = 0, time.perf_counter()
    while time.perf_counter() - start < args.seconds:
        run(random.choice(items)); n += 1
    return n / (time.perf_counter() - start)

mine, theirs = {k: [] for k in PIPELINES}, {k: [] for k in PIPELINES}
for _ in range(args.rounds):
    for name, value in ours().items():
        mine[name].append(value)
    for name, (items, run) in PIPELINES.items():
        theirs[name].append(rate(items, run))
print(f"{'pipeline':<28} {'nengine':>10} {'torchvision':>12} {'ratio':>7}   (img/s, medians of {args.rounds})")
for name in PIPELINES:
    a, b = statistics.median(mine[name]), statistics.median(theirs[name])
    print(f"{name:<28} {a:>10.1f} {b:>12.1f} {statistics.median(x / y for x, y in zip(mine[name], theirs[name])):>7.2f}")
