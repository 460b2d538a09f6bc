using NativeEngine.Core;
using static NativeEngine.Verify.CaseInput;

namespace NativeEngine.Verify;

public static partial class OpCatalogue
{
    private static IEnumerable<OpCase> Pools() =>
    [
        .. Windows().SelectMany(w => new[] { MaxPool(w), AvgPool(w, true), AvgPool(w, false) }),
        MaxPool(new("ties", [2, 3, 6, 6], (3, 3), (2, 2), (1, 1), false), Ties("input", [2, 3, 6, 6])) with { Smooth = false },
        MaxPool(new("NaN is largest", [1, 1, 2, 4], (2, 2), (1, 1), (0, 0), false),
            Given("input", [1, 1, 2, 4], 1, double.NaN, 5, 4, 2, 3, double.NaN, 6).Constant()) with { Smooth = false },
        MaxPool(new("all negative beside the border", [1, 2, 3, 3], (3, 3), (1, 1), (1, 1), false),
            Uniform("input", [1, 2, 3, 3], -9, -8)) with { Smooth = false },
        .. new (Shape Input, (int, int) Output)[]
        {
            ([2, 3, 4, 4], (1, 1)), ([2, 3, 7, 5], (3, 2)), ([1, 17, 7, 7], (7, 7)), ([1, 2, 3, 2], (5, 4)), ([2, 33, 8, 8], (1, 1)), ([0, 3, 4, 4], (2, 2)),
                ([1, 2, 13, 10], (6, 6)),
        }.Select(a => new OpCase("adaptive_avg_pool2d", $"{a.Input} to {a.Output}", Tolerances.Pool, [Normal("input", a.Input)],
            (_, t) => [t[0].AdaptiveAvgPool2d(a.Output)]) { SavedFloats = 0 }),
    ];

    private sealed record Window(string Name, Shape Input, (int, int) Size, (int, int) Stride, (int, int) Padding, bool Ceil);

    private static IEnumerable<Window> Windows() =>
    [
        new("2x2", [2, 3, 6, 4], (2, 2), (2, 2), (0, 0), false),
        new("2x2 leaves a rest", [2, 3, 7, 5], (2, 2), (2, 2), (0, 0), false),
        new("2x2 ceil", [2, 3, 7, 5], (2, 2), (2, 2), (0, 0), true),
        new("3x3 stride 2 border 1, the stem of resnet", [1, 17, 9, 8], (3, 3), (2, 2), (1, 1), false),
        new("3x3 stride 2 border 1 ceil", [1, 5, 8, 9], (3, 3), (2, 2), (1, 1), true),
        new("3x3 overlapping", [1, 2, 5, 6], (3, 3), (1, 1), (1, 1), false),
        new("3x2 stride (1, 2)", [2, 2, 5, 7], (3, 2), (1, 2), (1, 0), false),
        new("last window would start in the border, ceil", [1, 1, 4, 4], (2, 2), (3, 3), (1, 1), true),
        new("steps wider than the window", [1, 3, 9, 9], (2, 2), (4, 4), (0, 0), false),
        new("1x1", [2, 3, 3, 2], (1, 1), (1, 1), (0, 0), false),
        new("whole image", [2, 3, 4, 5], (4, 5), (1, 1), (0, 0), false),
        new("one pixel", [1, 1, 1, 1], (2, 2), (2, 2), (1, 1), false),
        new("empty batch", [0, 3, 4, 4], (2, 2), (2, 2), (0, 0), false),
        new("many channels", [1, 40, 6, 6], (2, 2), (2, 2), (0, 0), false),
    ];

    private static OpCase MaxPool(Window w) => MaxPool(w, Spaced("input", w.Input));

    private static OpCase MaxPool(Window w, CaseInput input)
    {
        var output = PoolSizes.Create("max_pool2d", PoolMode.Max, w.Input, w.Size, w.Stride, w.Padding, w.Ceil, false).Output;
        return new OpCase("max_pool2d", w.Name, Tolerances.Pool, [input],
            (_, t) => [t[0].MaxPool2d(w.Size, w.Stride, w.Padding, w.Ceil)])
        { SavedFloats = input.Gradient ? w.Input.Count + output.Count : null };
    }

    private static OpCase AvgPool(Window w, bool countBorder) =>
        new("avg_pool2d", $"{w.Name}{Text(countBorder, ", border counts")}", Tolerances.Pool, [Normal("input", w.Input)],
            (_, t) => [t[0].AvgPool2d(w.Size, w.Stride, w.Padding, w.Ceil, countBorder)])
        { SavedFloats = 0 };
}
