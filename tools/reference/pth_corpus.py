#!/usr/bin/env python3
"""Small checkpoints as torch.save writes them, and hostile ones: tests/NativeEngine.Nn.Tests/Golden/pth.

Tensor `name` of good files holds 0, 1, 2, ... in row-major order of its shape, so a test can check values without a list.
"""
import argparse
import collections
import io
import os
import pathlib
import pickle
import struct
import tarfile
import zipfile

import torch

FOLDER = pathlib.Path(__file__).parents[2] / "tests/NativeEngine.Nn.Tests/Golden/pth"


def ramp(*shape, dtype=torch.float32):
    return torch.arange(int(torch.tensor(shape).prod()), dtype=torch.float64).reshape(shape).to(dtype)


def module():
    model = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.Linear(3, 4))
    with torch.no_grad():
        for tensor in model.state_dict().values():
            tensor.copy_(ramp(*tensor.shape) if tensor.dim() else torch.tensor(7))
    return model


def good():
    model = module()
    state = model.state_dict()
    yield "plain", state, {}
    yield "legacy", state, dict(_use_new_zipfile_serialization=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    wrapped = collections.OrderedDict((f"module.{k}", v) for k, v in state.items())
    yield "nested", {"epoch": 3, "arch": "x", "lr": 0.1, "ok": True, "none": None, "ids": [1, 2, 3], "size": torch.Size([1, 2]), "optimizer": optimizer.state_dict(), "state_dict": wrapped}, {}
    yield "nested_legacy", {"epoch": 2**70, "model": wrapped}, dict(_use_new_zipfile_serialization=False)
    yield "compiled", {f"_orig_mod.module.{k}": v for k, v in state.items()}, {}
    yield "ema", {"model_ema": dict(state)}, {}
    types = [torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]
    yield "types", {str(t).removeprefix("torch."): ramp(2, 3, dtype=t) for t in types} | {"bool": torch.tensor([False, True])}, {}
    base = ramp(4, 6)
    shared = {
        "transposed": ramp(6, 4).t().contiguous().t(),
        "view": ramp(30)[3:].reshape(3, 9) - 3,
        "rows": base[:2],
        "every_second": torch.arange(12.0).repeat_interleave(2)[::2],
        "channels_last": ramp(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
        "same_a": base,
        "same_b": base,
        "empty": torch.empty(0, 5),
        "scalar": torch.tensor(0.0),
        "expanded": torch.zeros(1).expand(1),
    }
    yield "shared", shared, {}
    yield "shared_legacy", shared, dict(_use_new_zipfile_serialization=False)
    old = {f"features.denseblock1.denselayer{i}.{kind}.{n}.weight": ramp(2, 3) for i in (1, 12) for kind in ("norm", "conv") for n in (1, 2)}
    yield "densenet_old", {"state_dict": {f"module.{k}": v for k, v in old.items()} | {"module.features.norm0.weight": ramp(4), "module.classifier.bias": ramp(4)}}, {}
    yield "parameter", {"weight": torch.nn.Parameter(ramp(2, 2))}, {}
    for protocol in (3, 4, 5):
        yield f"protocol{protocol}", state, dict(pickle_protocol=protocol)
    yield "protocol4_legacy", state, dict(pickle_protocol=4, _use_new_zipfile_serialization=False)
    # PyTorch's ImageNet example puts the best accuracy, a tensor, beside the state dict.
    yield "tensor_beside", {"epoch": 3, "state_dict": wrapped, "best_acc1": torch.tensor(76.1), "optimizer": optimizer.state_dict()}, {}
    # A loss's own weights beside the state dict, under a name with a dot.
    yield "dotted_beside", {"state_dict": state, "criterion.weight": ramp(3), "criterion.bias": ramp(1)}, {}
    yield "dotted_above_ema", dict(state) | {"ema": {"shadow.weight": ramp(2)}}, {}
    # torchvision's training script keeps its average as an AveragedModel, which counts beside the weights.
    yield "averaged", {"model_ema": torch.optim.swa_utils.AveragedModel(model).state_dict(), "epoch": 3}, {}
    yield "params_ema", {"params_ema": state}, {}
    yield "own_name", {"my_network": {"inner": state}, "optimizer": {"state": {"0.weight": {"exp_avg": ramp(3)}}}}, {}
    steps = torch.optim.lr_scheduler.MultiStepLR(optimizer, [30, 60])  # a Counter
    plain = {"steps": steps.state_dict(), "bytes": b"abc", "none": b"", "array": bytearray(b"abc"), "set": {1, 2}, "frozen": frozenset([1]), "complex": 1 + 2j, "device": torch.device("cpu"), "type": torch.float16}
    yield "plain_types", {"model": state, "settings": plain}, {}
    yield "plain_types5", {"model": state, "settings": plain}, dict(pickle_protocol=5)
    attributed = ramp(2, 3)
    attributed.note = "a tensor with an attribute"
    yield "attribute", {"weight": attributed}, {}


class Reference:
    """Stands for a tensor of the tar format, which its pickle names by number."""

    def __init__(self, key):
        self.key = key


class ReferencePickler(pickle._Pickler):
    def persistent_id(self, value):
        return str(value.key) if isinstance(value, Reference) else None


def tar_parts(tensors, root, views=()):
    """The three files of torch.save before 0.1.10: every tensor is (key, storage key, tensor); views are (key, whole, first, count)."""
    storages, descriptions, pickled = io.BytesIO(), io.BytesIO(), io.BytesIO()
    own = [(key, t) for key, storage, t in tensors if storage == key + 1000]
    pickle.dump(len(own), storages, protocol=2)
    for key, t in own:
        kind = {torch.float32: torch.FloatStorage, torch.int64: torch.LongStorage}[t.dtype]
        values = torch.tensor(t.storage().tolist(), dtype=t.dtype).numpy()
        pickle.dump((key + 1000, "cpu", kind), storages, protocol=2)
        storages.write(struct.pack("<q", len(values)) + values.tobytes())
    pickle.dump(list(views), storages, protocol=2)
    pickle.dump(len(tensors), descriptions, protocol=2)
    for key, storage, t in tensors:
        pickle.dump((key, storage, {torch.float32: torch.FloatTensor, torch.int64: torch.LongTensor}[t.dtype]), descriptions, protocol=2)
        descriptions.write(struct.pack("<ii", t.dim(), 0) + struct.pack(f"<{2 * t.dim()}q", *t.shape, *t.stride()) + struct.pack("<q", t.storage_offset()))
    ReferencePickler(pickled, protocol=2).dump(root)
    return {"storages": storages.getvalue(), "tensors": descriptions.getvalue(), "pickle": pickled.getvalue()}


def tarred(path, files, links=()):
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, target in links:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def tar_files():
    """Torch 1.13 reads this format but no longer writes it; the files are written here by its layout, and torch.load must agree with them."""
    state = module().state_dict()
    keys = {name: i + 1 for i, name in enumerate(state)}
    tensors = [(keys[name], keys[name] + 1000, t) for name, t in state.items()]
    tarred(FOLDER / "tar.pth", tar_parts(tensors, collections.OrderedDict((name, Reference(keys[name])) for name in state)))
    wrapped = {"epoch": 3, "state_dict": collections.OrderedDict((f"module.{name}", Reference(keys[name])) for name in state)}
    tarred(FOLDER / "tar_nested.pth", tar_parts(tensors, wrapped))
    base = ramp(4, 6)
    shared = [(1, 1001, base), (2, 1001, base[:2]), (3, 1001, base.t()[:, :1].t()), (4, 1004, ramp(6, 4).t().contiguous().t()), (5, 1005, ramp(12))]
    root = {"rows": Reference(2), "same": Reference(1), "row": Reference(3), "transposed": Reference(4), "whole": Reference(5)}
    tarred(FOLDER / "tar_shared.pth", tar_parts(shared, root))
    tarred(FOLDER / "tar_view.pth", tar_parts([(1, 2001, ramp(10)), (2, 1002, torch.arange(12.0) - 2)], {"part": Reference(1)}, [(2001, 1002, 2, 10)]))
    for name in ("tar", "tar_nested", "tar_shared", "tar_view"):
        loaded = torch.load(FOLDER / f"{name}.pth")
        loaded = loaded.get("state_dict", loaded)
        for key, tensor in loaded.items():
            assert tensor.dim() == 0 or tensor.double().flatten().tolist() == list(range(tensor.numel())), (name, key)
    good = tar_parts(tensors, collections.OrderedDict((name, Reference(keys[name])) for name in state))
    tarred(FOLDER / "bad_tar_system.pth", good | {"pickle": pickle.dumps({"x": Runs(os.system, "touch /tmp/this-must-never-exist")}, protocol=2)})
    tarred(FOLDER / "bad_tar_path.pth", {"../../evil": b"x", "/etc/evil": b"x"} | {k: v for k, v in good.items() if k != "pickle"}, [("pickle", "/etc/passwd")])
    one = pickle.dumps(1, protocol=2)
    claim = one + pickle.dumps((7, "cpu", torch.FloatStorage), protocol=2) + struct.pack("<q", 1 << 28)
    tarred(FOLDER / "bad_tar_claim.pth", good | {"storages": claim})
    tarred(FOLDER / "bad_tar_past_end.pth", good | {"tensors": one + pickle.dumps((7, 1001, torch.FloatTensor), protocol=2) + struct.pack("<iiqqq", 1, 0, 1000, 1, 0)})
    tarred(FOLDER / "bad_tar_unknown.pth", good | {"tensors": one + pickle.dumps((7, 99, torch.FloatTensor), protocol=2)})
    damaged = bytearray((FOLDER / "tar.pth").read_bytes())
    damaged[140] ^= 1
    (FOLDER / "bad_tar_checksum.pth").write_bytes(damaged)
    header = tarfile.TarInfo("storages")
    header.size = 1 << 30
    (FOLDER / "bad_tar_gigabyte.pth").write_bytes(header.tobuf(tarfile.USTAR_FORMAT) + bytes(1024))


class Runs:
    """Unpickling an instance would call `function`."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def zipped(path, pkl, extra=(), compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in [("archive/data.pkl", pkl), *extra, ("archive/version", "3\n")]:
            archive.writestr(zipfile.ZipInfo(name), data, compression)  # without today's date: the same files every time


def hostile():
    command = "touch /tmp/this-must-never-exist"
    for name, function, arguments in [("system", os.system, (command,)), ("eval", eval, ("1+1",)), ("exec", exec, ("pass",)), ("getattr", getattr, ("", "join"))]:
        payload = {"w": ramp(2), "x": Runs(function, *arguments)}
        torch.save(payload, FOLDER / f"bad_{name}.pth")
        torch.save(payload, FOLDER / f"bad_{name}_legacy.pth", _use_new_zipfile_serialization=False)
    plain = pickle.dumps({"a": 1}, protocol=2)
    zipped(FOLDER / "bad_path.pth", plain, [("../../evil/data.pkl", plain), ("/etc/data.pkl", plain)])
    zipped(FOLDER / "bad_two_roots.pth", plain, [("other/data.pkl", plain)])
    zipped(FOLDER / "bad_no_tensors.pth", plain)
    zipped(FOLDER / "bad_bomb.pth", bytes(1 << 20), compression=zipfile.ZIP_DEFLATED)
    storage = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuJ\x04\x00\x00\x00tQ"

    def tensor(offset, shape, strides):
        def numbers(values):
            return b"(" + b"".join(b"\x8a\x08" + struct.pack("<q", v) for v in values) + b"t"

        return b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"J" + struct.pack("<i", offset) + numbers(shape) + numbers(strides) + b"\x89}tRs."

    data = [("archive/data/0", bytes(16))]
    zipped(FOLDER / "bad_past_end.pth", tensor(2, [3], [1]), data)
    zipped(FOLDER / "bad_negative_stride.pth", tensor(3, [3], [-1]), data)
    zipped(FOLDER / "bad_negative_offset.pth", tensor(-1, [2], [1]), data)
    zipped(FOLDER / "bad_repeats.pth", tensor(0, [1000, 1000, 500], [0, 0, 0]), data)
    zipped(FOLDER / "bad_overflow.pth", tensor(0, [2**31 - 1, 2**31 - 1, 2**31 - 1], [0, 0, 0]), data)
    zipped(FOLDER / "bad_missing_storage.pth", tensor(0, [2], [1]))
    zipped(FOLDER / "bad_short_storage.pth", tensor(0, [2], [1]), [("archive/data/0", bytes(8))])
    script = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), script)
    (FOLDER / "bad_script.pth").write_bytes(script.getvalue())
    torch.save({"w": torch.quantize_per_tensor(ramp(2), 0.1, 0, torch.qint8)}, FOLDER / "bad_quantized.pth")
    torch.save({"w": torch.zeros(2, dtype=torch.complex64)}, FOLDER / "bad_complex.pth")
    torch.save({"w": torch.eye(2).to_sparse()}, FOLDER / "bad_sparse.pth")
    torch.save(torch.nn.Linear(2, 2), FOLDER / "bad_module.pth")
    torch.save({"model": {"w": ramp(2)}, "args": argparse.Namespace(lr=0.1)}, FOLDER / "bad_namespace.pth")
    torch.save({"generator": {"a.w": ramp(2)}, "discriminator": {"a.w": ramp(2)}}, FOLDER / "bad_two_models.pth")
    torch.save({"a.w": ramp(2), "module.a.w": ramp(2), "x": {"denselayer1.norm.1.weight": 1}}, FOLDER / "two_prefixes.pth")
    torch.save({"denselayer1.norm.1.weight": ramp(2), "denselayer1.norm1.weight": ramp(2)}, FOLDER / "bad_same_name.pth")
    zipped(FOLDER / "bad_memo.pth", b"\x80\x02h\x05.")
    zipped(FOLDER / "bad_long.pth", b"\x80\x02\x8b\xff\xff\xff\x7f.")
    zipped(FOLDER / "bad_opcode.pth", b"\x80\x02\x82\x01.")


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.pth"):
        old.unlink()
    for name, value, options in good():
        torch.save(value, FOLDER / f"{name}.pth", **options)
    hostile()
    tar_files()


if __name__ == "__main__":
    main()
