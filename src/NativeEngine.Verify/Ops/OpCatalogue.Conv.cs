using NativeEngine.Core;
using static NativeEngine.Verify.CaseInput;

namespace NativeEngine.Verify;

public static partial class OpCatalogue
{
    private static IEnumerable<OpCase> Convolutions() =>
    [
        Convolution("1x1", [2, 3, 5, 7], [4, 3, 1, 1]),
        Convolution("1x1 stride 2", [2, 5, 7, 6], [3, 5, 1, 1], stride: (2, 2)),
        Convolution("one of everything", [1, 1, 1, 1], [1, 1, 1, 1]),
        Convolution("3x3 same", [2, 3, 6, 5], [4, 3, 3, 3], padding: (1, 1)),
        Convolution("3x3 valid", [1, 4, 7, 9], [5, 4, 3, 3]),
        Convolution("3x3 same, vector-wide channels", [2, 16, 8, 8], [32, 16, 3, 3], padding: (1, 1)),
        Convolution("3x3 same, ragged channels", [1, 19, 9, 7], [21, 19, 3, 3], padding: (1, 1)),
        Convolution("3x3 same on a plane larger than a tile", [1, 8, 14, 15], [8, 8, 3, 3], padding: (1, 1)),
        Convolution("3x3 stride 2", [2, 3, 9, 8], [4, 3, 3, 3], stride: (2, 2), padding: (1, 1)),
        Convolution("7x7 stride 2, the stem of resnet", [1, 3, 17, 19], [8, 3, 7, 7], stride: (2, 2), padding: (3, 3)),
        Convolution("5x5 of lenet", [2, 1, 12, 12], [6, 1, 5, 5], padding: (2, 2)),
        Convolution("4x4 patches", [1, 3, 8, 8], [6, 3, 4, 4], stride: (4, 4)),
        Convolution("1x7 and stride (1, 3)", [2, 3, 5, 16], [4, 3, 1, 7], stride: (1, 3), padding: (0, 3)),
        Convolution("unequal steps and borders", [2, 2, 8, 9], [3, 2, 3, 2], stride: (2, 1), padding: (2, 0)),
        Convolution("dilation 2", [1, 3, 9, 9], [4, 3, 3, 3], padding: (2, 2), dilation: (2, 2)),
        Convolution("dilation (3, 1) stride 2", [1, 2, 12, 7], [3, 2, 3, 3], stride: (2, 2), padding: (1, 1), dilation: (3, 1)),
        Convolution("groups 2", [2, 4, 5, 5], [6, 2, 3, 3], padding: (1, 1), groups: 2),
        Convolution("groups 4 stride 2", [2, 8, 7, 7], [12, 2, 3, 3], stride: (2, 2), padding: (1, 1), groups: 4),
        Convolution("groups 4 of 16 channels", [1, 64, 4, 5], [64, 16, 3, 3], padding: (1, 1), groups: 4),
        Convolution("depthwise", [2, 7, 6, 5], [7, 1, 3, 3], padding: (1, 1), groups: 7),
        Convolution("depthwise 5x5 stride 2", [1, 20, 9, 9], [20, 1, 5, 5], stride: (2, 2), padding: (2, 2), groups: 20),
        Convolution("depthwise with multiplier 2", [1, 3, 6, 6], [6, 1, 3, 3], padding: (1, 1), groups: 3),
        Convolution("depthwise dilation 2", [1, 16, 9, 8], [16, 1, 3, 3], padding: (2, 2), dilation: (2, 2), groups: 16),
        Convolution("border wider than the image", [1, 2, 2, 3], [3, 2, 3, 3], padding: (3, 4)),
        Convolution("window as large as the image", [2, 3, 4, 5], [6, 3, 4, 5]),
        Convolution("rows are skipped by the stride", [1, 2, 10, 10], [2, 2, 2, 2], stride: (4, 4)),
        WithResidual("residual of a 3x3", [2, 9, 6, 7], [10, 9, 3, 3], 1, 1),
        WithResidual("residual of a 3x3 stride 2", [1, 8, 9, 9], [9, 8, 3, 3], 2, 1),
        WithResidual("residual of a 1x1", [2, 5, 3, 4], [19, 5, 1, 1], 1, 0),
        WithResidual("residual of a depthwise 3x3", [2, 6, 5, 5], [6, 1, 3, 3], 1, 1, 6),
        WithResidual("residual of an empty batch", [0, 3, 5, 5], [4, 3, 3, 3], 1, 1),
        Convolution("empty batch", [0, 3, 5, 5], [4, 3, 3, 3], padding: (1, 1)),
        Convolution("without bias", [2, 3, 5, 5], [4, 3, 3, 3], padding: (1, 1), bias: false),
    ];

    private static OpCase WithResidual(string variant, Shape input, Shape weight, int stride, int pad, int groups = 1)
    {
        var s = ConvSizes.Create(input, weight, (stride, stride), (pad, pad), (1, 1), groups);
        return new OpCase("conv2d", variant, Tolerances.Conv,
            [Normal("input", input), Normal("weight", weight, 0.5), Normal("bias", [weight[0]]), Normal("residual", s.Output)],
            (_, t) => [t[0].Conv2d(t[1], t[2], (stride, stride), (pad, pad), null, groups, residual: t[3])])
        { SavedFloats = input.Count + weight.Count };
    }

    private static OpCase Convolution(string variant, Shape input, Shape weight, (int, int)? stride = null, (int, int)? padding = null,
        (int, int)? dilation = null, int groups = 1, bool bias = true)
    {
        CaseInput[] arguments = [Normal("input", input), Normal("weight", weight, 0.5), .. bias ? [Normal("bias", [weight[0]])] : Array.Empty<CaseInput>()];
        return new OpCase("conv2d", variant, Tolerances.Conv, arguments, (_, t) => [t[0].Conv2d(t[1], bias ? t[2] : null, stride, padding, dilation, groups)])
        { SavedFloats = input.Count + weight.Count };
    }
}
