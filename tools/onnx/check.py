"""Checks ONNX files with the reference implementation: python3 tools/onnx/check.py FILE.onnx ...

For each file: onnx.checker with shape inference that fails on any contradiction, every value's inferred type and shape, no initialiser
that nobody reads, and the declared output shape against the inferred one. Needs Python with onnx >= 1.12 (Debian: apt-get install python3-onnx).
"""
import sys

import onnx
from onnx import shape_inference


def shape(value):
    return [d.dim_param or (d.dim_value if d.HasField("dim_value") else "?") for d in value.type.tensor_type.shape.dim]


def check(path):
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    opset = {o.domain: o.version for o in model.opset_import}
    if (model.ir_version, opset) != (8, {"": 17}):
        raise ValueError(f"IR version {model.ir_version} with operator sets {opset}, expected 8 with 17")
    declared = {v.name: shape(v) for v in model.graph.output}
    graph = model.graph
    graph.output[0].type.tensor_type.ClearField("shape")  # so that inference says what it is, not what the file declares
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True).graph
    known = {v.name: shape(v) for v in [*inferred.value_info, *inferred.output]}
    made = [o for n in graph.node for o in n.output]
    unknown = [o for o in made if "?" in known.get(o, ["?"])]
    for name, dims in declared.items():
        if known[name] != dims:
            raise ValueError(f"output {name} is declared as {dims} and inferred as {known[name]}")
    read = {i for n in graph.node for i in n.input}
    unread = [t.name for t in graph.initializer if t.name not in read]
    if unread:
        raise ValueError(f"initialisers that nobody reads: {unread}")
    return f"{len(graph.node)} nodes, {len(graph.initializer)} initialisers, {len(made) - len(unknown)} of {len(made)} values with inferred shapes, output {declared}"


def main(paths):
    failed = 0
    for path in paths:
        try:
            print(f"ok    {path}: {check(path)}", flush=True)
        except Exception as error:  # whatever the checker throws is a finding
            failed += 1
            print(f"FAIL  {path}: {error}", flush=True)
    print(f"{len(paths) - failed} passed, {failed} failed")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
