#!/usr/bin/env python3
"""Reference cases for the ranks, arguments and names that PyTorch takes beyond those of make_cases.py.

    python3 tools/reference/shape_cases.py [--out tests/cases]

Vectors and broadcast batches in matmul, one image without a batch, lines, rows of class scores at every place of an image, alpha of add and sub, named padding,
arguments that are null, and the optimizers' and schedules' further arguments.
"""
import argparse
import os

import torch
import torch.nn.functional as F

from make_cases import Draw, case_of_function, write_case
from training_cases import smooth_pos_neg

TOLERANCE_OF_RATES = (1e-9, 1e-6)


def make_ops(folder):
    def op(stem, name, inputs, function, constants=(), outputs=None, **attrs):
        case_of_function(folder, stem, "op", name, inputs(Draw(stem)), function, attrs, constants, outputs)

    for stem, a, b in (
        ("dot", (7,), (7,)), ("vector_matrix", (7,), (7, 4)), ("matrix_vector", (5, 7), (7,)), ("vector_batch", (7,), (3, 7, 4)), ("batch_vector", (3, 5, 7), (7,)), ("matrix_batch", (5, 7), (3, 7, 4)),
        ("broadcast", (2, 1, 5, 7), (3, 7, 4)), ("two_batches", (2, 3, 5, 7), (2, 3, 7, 4)), ("one_matrix", (2, 3, 5, 7), (7, 4)), ("crossed", (2, 1, 3, 4), (1, 5, 4, 2)), ("vector_two_batches", (2, 3, 5, 7), (7,)),
        ("empty_batch", (0, 5, 7), (7,)), ("empty_sum", (3, 0), (0, 4)),
    ):
        op(f"matmul_{stem}", "matmul", lambda d: dict(input=d.normal(*a), other=d.normal(*b)), lambda input, other: input @ other)
    op("bmm", "bmm", lambda d: dict(input=d.normal(3, 2, 5), mat2=d.normal(3, 5, 4)), torch.bmm)
    op("mv", "mv", lambda d: dict(input=d.normal(3, 5), vec=d.normal(5)), torch.mv)

    for name, function in (("add", torch.add), ("sub", torch.sub)):
        op(f"{name}_alpha", name, lambda d: dict(input=d.normal(3, 5), other=d.normal(5)), lambda input, other: function(input, other, alpha=-2.5), alpha=-2.5)
        op(f"{name}_number", name, lambda d: dict(input=d.normal(3, 5)), lambda input: function(input, 1.25, alpha=2), other=1.25, alpha=2)
    op("mul_number", "mul", lambda d: dict(input=d.normal(2, 3, 4, 5)), lambda input: input * -0.75, other=-0.75)
    op("div_mode_null", "div", lambda d: dict(input=d.normal(3), other=d.uniform(1, 2, 3)), torch.div, rounding_mode=None)

    for stem, shape, start, end in (("middle", (2, 3, 4, 5), 1, 2), ("front", (2, 3, 4, 5), 0, -2), ("all", (2, 3, 4), 0, -1), ("back", (2, 3, 4, 5), -2, -1), ("one", (2, 3), 1, 1), ("five", (2, 3, 2, 2, 3), 2, 3)):
        op(f"flatten_{stem}", "flatten", lambda d: dict(input=d.normal(*shape)), lambda input: torch.flatten(input, start, end), start_dim=start, end_dim=end)
    op("flatten_scalar", "flatten", lambda d: dict(input=d.normal()), torch.flatten)
    op("flatten_default", "flatten", lambda d: dict(input=d.normal(2, 3, 4)), torch.flatten)

    for stem, shape in (("image", (2, 3, 4, 5)), ("vector", (37,)), ("scalar", ())):
        op(f"gelu_tanh_{stem}", "gelu", lambda d: dict(input=d.normal(*shape, scale=3)), lambda input: F.gelu(input, approximate="tanh"), approximate="tanh")
    op("relu_not_in_place", "relu", lambda d: dict(input=d.normal(5)), F.relu, inplace=False)
    op("dropout_eval", "dropout", lambda d: dict(input=d.normal(3, 5)), lambda input: F.dropout(input, 0.4, False), p=0.4, training=False)
    op("dropout_none", "dropout", lambda d: dict(input=d.normal(7)), lambda input: F.dropout(input, 0.0, True), p=0.0, training=True)
    op("dropout_all", "dropout", lambda d: dict(input=d.normal(2, 3)), lambda input: F.dropout(input, 1.0, True), p=1.0, training=True)

    for stem, shape in (("rank2", (4, 6)), ("rank3", (2, 6, 5)), ("rank5", (2, 6, 2, 3, 2)), ("rank6", (2, 6, 2, 1, 3, 2))):
        op(f"group_norm_{stem}", "group_norm", lambda d: dict(input=d.normal(*shape), weight=d.normal(6), bias=d.normal(6)), lambda input, weight, bias: F.group_norm(input, 3, weight, bias), num_groups=3)
    for stem, shape in (("rank2", (5, 4)), ("rank3", (3, 4, 5)), ("rank5", (2, 4, 2, 3, 2))):
        for training in (True, False):
            op(f"batch_norm_{stem}_{'train' if training else 'eval'}", "batch_norm",
               lambda d: dict(input=d.normal(*shape), running_mean=d.normal(4), running_var=d.uniform(0.5, 2, 4), weight=d.normal(4), bias=d.normal(4)),
               lambda input, running_mean, running_var, weight, bias: F.batch_norm(input, running_mean, running_var, weight, bias, training, 0.2),
               constants=("running_mean", "running_var"), outputs=lambda leaves: dict(running_mean=leaves["running_mean"], running_var=leaves["running_var"]), training=training, momentum=0.2)
    for stem, shape, dims in (("vector", (7,), 1), ("rank3", (2, 3, 5), 2), ("rank5", (2, 2, 3, 2, 4), 3)):
        inner = list(shape[len(shape) - dims:])
        op(f"layer_norm_{stem}", "layer_norm", lambda d: dict(input=d.normal(*shape), weight=d.normal(*inner), bias=d.normal(*inner)), lambda input, weight, bias: F.layer_norm(input, inner, weight, bias), normalized_shape=inner)

    op("linear_one_output", "linear", lambda d: dict(input=d.normal(2, 5, 7), weight=d.normal(7)), F.linear)
    op("linear_vector_one_output", "linear", lambda d: dict(input=d.normal(7), weight=d.normal(7)), F.linear)
    op("linear_rank5", "linear", lambda d: dict(input=d.normal(2, 1, 3, 2, 4), weight=d.normal(5, 4), bias=d.normal(5)), F.linear)

    convolution = lambda name, **attrs: lambda input, weight, bias=None: getattr(F, name)(input, weight, bias, **attrs)
    for stem, x, w, attrs in (
        ("alone", (3, 6, 5), (4, 3, 3, 3), dict(padding=[1, 1])), ("alone_s2_g3", (6, 7, 7), (9, 2, 3, 3), dict(stride=2, padding=1, groups=3)), ("same", (2, 3, 6, 5), (4, 3, 3, 3), dict(padding="same")),
        ("same_uneven", (2, 3, 6, 5), (4, 3, 2, 4), dict(padding="same")), ("same_dilated", (1, 3, 9, 8), (4, 3, 3, 2), dict(padding="same", dilation=[2, 3])), ("valid", (3, 6, 5), (4, 3, 3, 3), dict(padding="valid")),
        ("list_of_one", (1, 3, 6, 6), (4, 3, 3, 3), dict(stride=[2], padding=[1])),
    ):
        op(f"conv2d_{stem}", "conv2d", lambda d: dict(input=d.normal(*x), weight=d.normal(*w), bias=d.normal(w[0])), convolution("conv2d", **attrs), **attrs)
    for stem, x, w, attrs in (("batch", (2, 3, 11), (4, 3, 3), dict(padding=1)), ("alone", (3, 11), (4, 3, 5), dict(stride=2, dilation=2)), ("same", (2, 4, 9), (6, 2, 4), dict(padding="same", groups=2))):
        op(f"conv1d_{stem}", "conv1d", lambda d: dict(input=d.normal(*x), weight=d.normal(*w), bias=d.normal(w[0])), convolution("conv1d", **attrs), **attrs)

    for name, shapes, attrs in (
        ("max_pool2d", {"alone": (3, 7, 6)}, dict(kernel_size=3, stride=2, padding=1)), ("avg_pool2d", {"alone": (3, 7, 6)}, dict(kernel_size=[3, 2], stride=None, padding=1, ceil_mode=True, count_include_pad=False)),
        ("adaptive_avg_pool2d", {"alone": (3, 7, 6)}, dict(output_size=[2, 3])), ("max_pool1d", {"batch": (2, 3, 11), "alone": (3, 11)}, dict(kernel_size=3, stride=2, padding=1)),
        ("avg_pool1d", {"batch": (2, 3, 11), "alone": (3, 11)}, dict(kernel_size=[4], stride=[3], padding=[2])), ("adaptive_avg_pool1d", {"batch": (2, 3, 11), "alone": (3, 11)}, dict(output_size=4)),
    ):
        for stem, shape in shapes.items():
            op(f"{name}_{stem}", name, lambda d: dict(input=d.normal(*shape)), lambda input: getattr(F, name)(input, **attrs), **attrs)
    op("adaptive_avg_pool2d_null", "adaptive_avg_pool2d", lambda d: dict(input=d.normal(2, 3, 5, 4)), lambda input: F.adaptive_avg_pool2d(input, (None, 2)), output_size=[None, 2])
    op("avg_pool2d_null", "avg_pool2d", lambda d: dict(input=d.normal(2, 3, 6, 4)), lambda input: F.avg_pool2d(input, 2), kernel_size=2, stride=[], divisor_override=None)
    op("max_pool2d_more", "max_pool2d", lambda d: dict(input=d.normal(2, 3, 6, 4)), lambda input: F.max_pool2d(input, 2), kernel_size=2, dilation=[1, 1], return_indices=False)

    for name, function in (("softmax", torch.softmax), ("log_softmax", torch.log_softmax)):
        for stem, shape, dim in (("vector", (7,), 0), ("rank3_first", (3, 4, 5), 0), ("rank3_middle", (3, 4, 5), 1), ("rank5", (2, 3, 2, 2, 3), -4), ("scalar", (), 0)):
            op(f"{name}_{stem}", name, lambda d: dict(input=d.normal(*shape, scale=2)), lambda input: function(input, dim), dim=dim)
    for stem, shape in (("vector", (7,)), ("rank2", (3, 4)), ("rank3", (3, 4, 5)), ("rank4", (2, 3, 4, 5))):
        op(f"softmax_no_dim_{stem}", "softmax", lambda d: dict(input=d.normal(*shape)), lambda input: F.softmax(input, _stacklevel=5), dim=None)
    op("argmax_all", "argmax", lambda d: dict(input=d.normal(3, 4)), lambda input: torch.argmax(input), constants=("input",), dim=None)
    op("argmax_kept", "argmax", lambda d: dict(input=d.normal(2, 3, 4)), lambda input: torch.argmax(input, 1, True), constants=("input",), dim=1, keepdim=True)
    op("sum_vector", "sum", lambda d: dict(input=d.normal(7)), lambda input: input.sum(0), dim=0)
    op("mean_rank5", "mean", lambda d: dict(input=d.normal(2, 3, 2, 2, 3)), lambda input: input.mean([-1, 1], True), dim=[-1, 1], keepdim=True)
    op("amax_negative", "amax", lambda d: dict(input=d.normal(2, 3, 4)), lambda input: input.amax(-2), dim=-2)


def make_losses(folder):
    def loss(stem, name, inputs, function, **attrs):
        each = attrs.get("reduction") == "none"
        case_of_function(folder, stem, "loss", name, inputs(Draw(stem)), lambda input, target, **more: function(input, target, **more, **attrs), attrs, constants=("target", "weight", "pos_weight"), result="loss", upstream=each)

    for reduction in ("mean", "sum", "none"):
        loss(f"cross_entropy_single_{reduction}", "cross_entropy", lambda d: dict(input=d.normal(5), target=d.ids(5)), F.cross_entropy, reduction=reduction)
        loss(f"cross_entropy_places_{reduction}", "cross_entropy", lambda d: dict(input=d.normal(2, 5, 3), target=d.ids(5, 2, 3), weight=d.uniform(0.2, 2, 5)), F.cross_entropy, reduction=reduction, label_smoothing=0.1, ignore_index=3)
        loss(f"cross_entropy_image_{reduction}", "cross_entropy", lambda d: dict(input=d.normal(2, 4, 3, 2), target=d.ids(4, 2, 3, 2)), F.cross_entropy, reduction=reduction)
        loss(f"nll_image_{reduction}", "nll_loss", lambda d: dict(input=d.uniform(-4, 0, 2, 4, 3, 2), target=d.ids(4, 2, 3, 2)), F.nll_loss, reduction=reduction)
        loss(f"smooth_pos_neg_reduced_{reduction}", "smooth_pos_neg", lambda d: dict(input=d.normal(6, 4), target=torch.tensor([0, 7, 3, 2, 7, 1])), smooth_rows, reduction=reduction, lb_ignore=7)
    loss("cross_entropy_single_probabilities", "cross_entropy", lambda d: dict(input=d.normal(5), target=d.normal(5).softmax(0).float().double()), F.cross_entropy)
    loss("cross_entropy_image_probabilities", "cross_entropy", lambda d: dict(input=d.normal(2, 4, 3, 2), target=d.normal(2, 4, 3, 2).softmax(1).float().double(), weight=d.uniform(0.5, 2, 4)), F.cross_entropy, label_smoothing=0.2)
    loss("nll_single", "nll", lambda d: dict(input=d.uniform(-4, 0, 5), target=d.ids(5)), F.nll_loss)
    loss("smooth_pos_neg_image", "smooth_pos_neg", lambda d: dict(input=d.normal(2, 4, 3, 2), target=torch.tensor([[[0, 9], [1, 2], [9, 3]], [[1, 1], [9, 0], [2, 3]]])),
         lambda input, target, ignore_index: smooth_pos_neg(input.permute(0, 2, 3, 1).reshape(-1, 4), target.reshape(-1), ignore_index=ignore_index), ignore_index=9)
    for name, function in (("mse_loss", F.mse_loss), ("l1_loss", F.l1_loss), ("smooth_l1_loss", F.smooth_l1_loss), ("binary_cross_entropy_with_logits", F.binary_cross_entropy_with_logits)):
        for stem, shape in (("vector", (5,)), ("rank3", (2, 3, 4)), ("rank4", (2, 3, 2, 2)), ("scalar", ())):
            loss(f"{name}_{stem}", name, lambda d: dict(input=d.normal(*shape), target=d.uniform(0, 1, *shape)), function)


def smooth_rows(input, target, lb_ignore, reduction):
    """smooth_pos_neg with each row by itself, 0 where it is ignored."""
    rows = torch.stack([torch.zeros((), dtype=input.dtype) if t == lb_ignore else smooth_pos_neg(x[None], t[None], ignore_index=lb_ignore) for x, t in zip(input, target)])
    return {"none": rows, "sum": rows.sum(), "mean": rows.sum() / (target != lb_ignore).sum()}[reduction]


def make_optimizers(folder, steps=12):
    O = torch.optim
    for stem, name, rule, shape, attrs in (
        ("adagrad_initial", "adagrad", O.Adagrad, (3, 5), dict(lr=0.1, initial_accumulator_value=0.5)),
        ("adagrad_initial_decayed", "adagrad", O.Adagrad, (7,), dict(lr=0.1, initial_accumulator_value=0.1, lr_decay=0.05, weight_decay=0.01, eps=1e-6)),
        ("rmsprop_centered_default", "rmsprop", O.RMSprop, (3, 5), dict(lr=0.01, centered=True)),
        ("rmsprop_centered_vector", "rmsprop", O.RMSprop, (7,), dict(lr=0.02, centered=True, alpha=0.9, momentum=0.5, weight_decay=0.1, eps=1e-8)),
        ("sgd_maximize", "sgd", O.SGD, (2, 3, 4), dict(lr=0.05, momentum=0.9, weight_decay=0.01, maximize=True, foreach=None)),
        ("adam_maximize", "adam", O.Adam, (2, 3, 2, 2), dict(lr=0.01, weight_decay=0.05, maximize=True, foreach=False, capturable=False)),
        ("adamw_default_decay_none", "adamw", O.AdamW, (), dict(lr=0.01, weight_decay=0.0)),
    ):
        draw = Draw(stem)
        param = torch.nn.Parameter(draw.normal(*shape))
        tensors = {"in.param": param.detach().clone()}
        optimizer = rule([param], **attrs)
        for i in range(steps):
            param.grad = draw.normal(*shape, scale=0.5 + i % 3)
            tensors[f"grad.{i}"] = param.grad.clone()
            optimizer.step()
            tensors[f"out.param.{i}"] = param.detach().clone()
        write_case(folder, f"optimizer_{stem}", "optimizer", name, tensors, attrs)


def make_schedules(folder):
    S = torch.optim.lr_scheduler
    for stem, count, attrs, more in (
        ("max_lr", 20, dict(max_lr=0.25, total_steps=20), {}),
        ("max_lr_epochs", 24, dict(max_lr=0.25, epochs=4, steps_per_epoch=6, pct_start=0.25, cycle_momentum=True, base_momentum=0.8, max_momentum=0.9), dict(lr=0.1)),
        ("max_lr_partly", 10, dict(max_lr=0.05, total_steps=30, div_factor=10.0), dict(epochs=10)),
    ):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
        schedule, rates = S.OneCycleLR(optimizer, **attrs), []
        for _ in range(count):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if len(rates) < count:
                schedule.step()
        write_case(folder, f"schedule_onecycle_{stem}", "schedule", "onecycle", {"out.lr": torch.tensor(rates, dtype=torch.float64)}, dict(attrs, **more), TOLERANCE_OF_RATES)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "..", "..", "tests", "cases"))
    out = parser.parse_args().out
    torch.set_num_threads(1)
    make_ops(os.path.join(out, "op"))
    make_losses(os.path.join(out, "loss"))
    make_optimizers(os.path.join(out, "optimizer"))
    make_schedules(os.path.join(out, "schedule"))


if __name__ == "__main__":
    main()
