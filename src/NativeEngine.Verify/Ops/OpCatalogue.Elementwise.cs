using NativeEngine.Core;
using static NativeEngine.Verify.CaseInput;

namespace NativeEngine.Verify;

public static partial class OpCatalogue
{
    /// <summary>Lengths around vector widths and chunk borders, all ranks, and nothing at all.</summary>
    private static Shape[] ElementShapes => [[], [1], [7], [3, 5], [33], [2, 3, 4, 5], [0, 3], [1031], [5, 1, 13, 1, 2]];

    private static IEnumerable<OpCase> Elementwise() =>
        [.. Enum.GetValues<UnaryOp>().SelectMany(Functions), .. Enum.GetValues<BinaryOp>().SelectMany(Operators), .. Dropouts()];

    private static IEnumerable<OpCase> Functions(UnaryOp op)
    {
        foreach (var args in Arguments(op))
        {
            string suffix = args == default ? "" : $" with ({args.A}, {args.B})";
            foreach (var shape in ElementShapes)
            {
                bool saves = op.Saves() != SavedOperand.None;
                yield return Function(op, args, $"{shape}{suffix}", Domain(op, shape)) with { SavedFloats = saves ? shape.Count : 0 };
            }

            yield return Function(op, args, $"kinks and extremes{suffix}",
                Given("input", [18], -100, -30, -6.5, -3, -1, -0.75, -0.25, -1e-3, 0, 1e-3, 0.25, 0.5, 1, 3, 4.25, 6.5, 30, 80)) with
            { Smooth = false };
        }

        // A NaN never turns into a number, wherever it stands in a vector.
        yield return Function(op, Arguments(op)[0], "NaN stays NaN",
            Given("input", [19], [.. Enumerable.Range(0, 19).Select(i => i % 4 == 1 ? double.NaN : 1 + i / 8.0)]).Constant()) with
        { Smooth = false };
    }

    /// <summary>The arguments an op is tried with; a new op without parameters needs no row.</summary>
    private static UnaryArgs[] Arguments(UnaryOp op) => op switch
    {
        UnaryOp.LeakyRelu => [new(0.01), new(0.2)],
        UnaryOp.Pow => [new(2), new(3), new(0.5), new(-1), new(0), new(1), new(2.5)],
        UnaryOp.Clamp => [new(-0.25, 0.5)],
        UnaryOp.Affine => [new(-1.5, 0.25), new(0, 2)],
        _ => [default],
    };

    /// <summary>Inputs where the op is defined and smooth.</summary>
    private static CaseInput Domain(UnaryOp op, Shape shape) => op switch
    {
        UnaryOp.Relu or UnaryOp.LeakyRelu or UnaryOp.Abs => Uniform("input", shape, 0.1, 2) with { Values = key => Signed(key, shape, 0.1, 2) },
        UnaryOp.Log or UnaryOp.Sqrt or UnaryOp.Pow => Uniform("input", shape, 0.25, 3),
        UnaryOp.Clamp => new CaseInput("input", shape, key => Steps(key, shape, [-1.1, -0.7, -0.1, 0.3, 0.9])),
        UnaryOp.HardSwish or UnaryOp.HardSigmoid => new CaseInput("input", shape, key => Steps(key, shape, [-5.1, -3.3, -2.6, -0.2, 0.4, 2.7, 3.4, 6])),
        _ => Normal("input", shape, 1.5),
    };

    private static OpCase Function(UnaryOp op, UnaryArgs args, string variant, CaseInput input) =>
        new(op.SnakeName(), variant, Tolerances.Elementwise, [input], (_, t) => [t[0].Apply(op, args)]);

    private static IEnumerable<OpCase> Operators(BinaryOp op)
    {
        bool saves = op is not (BinaryOp.Add or BinaryOp.Sub);
        foreach (var (a, b) in new (Shape, Shape)[]
                 {
                     ([], []), ([1], [1]), ([7], [7]), ([3, 5], [3, 5]), ([1031], [1031]), ([2, 3, 4, 5], [2, 3, 4, 5]), ([0, 3], [0, 3]),
                     ([3, 5], [5]), ([3, 5], [3, 1]), ([3, 1], [1, 5]), ([], [4]), ([4], []), ([2, 3, 4, 5], [1, 3, 1, 1]), ([2, 1, 1, 5], [2, 3, 4, 5]),
                     ([2, 3, 4, 5], [3, 1, 1]), ([2, 3, 4, 5], [3, 4, 5]), ([4, 5], [2, 3, 4, 5]), ([2, 1, 3], [4, 1]), ([0, 3], [1, 3]),
                         ([2, 1, 2, 1, 3, 2], [3, 1, 4, 1, 2]),
                     ([67, 33], [67, 1]), ([67, 33], [33]),
                 })
        {
            yield return Operator(op, $"{a} and {b}", Apart(op, "input", a, 0), Apart(op, "other", b, 1)) with { SavedFloats = saves ? a.Count + b.Count : 0 };
        }

        yield return new OpCase(op.SnakeName(), "transposed operand", Tolerances.Elementwise, [Apart(op, "input", [3, 5], 0), Apart(op, "other", [5, 3], 1)],
            (_, t) => [Core.Elementwise.Apply(op, t[0], t[1].Permute(1, 0))]);
        yield return new OpCase(op.SnakeName(), "a tensor with itself", Tolerances.Elementwise, [Apart(op, "input", [3, 5], 0)],
            (_, t) => [Core.Elementwise.Apply(op, t[0], t[0])])
        { Smooth = op is not (BinaryOp.Max or BinaryOp.Min) };
        if (op is BinaryOp.Max or BinaryOp.Min)
        {
            yield return Operator(op, "equal operands here and there", Ties("input", [5, 9]), Ties("other", [5, 9])) with { Smooth = false };
            yield return Operator(op, "NaN in either", Given("input", [6], 1, double.NaN, 3, 1, double.NaN, 0).Constant(),
                Given("other", [6], 2, 2, double.NaN, 2, double.NaN, -0.0).Constant()) with
            { Smooth = false };
        }
    }

    private static OpCase Operator(BinaryOp op, string variant, CaseInput a, CaseInput b) =>
        new(op.SnakeName(), variant, Tolerances.Elementwise, [a, b], (_, t) => [Core.Elementwise.Apply(op, t[0], t[1])]);

    /// <summary>Operands away from division by zero and from ties of the two.</summary>
    private static CaseInput Apart(BinaryOp op, string name, Shape shape, int which) => op switch
    {
        BinaryOp.Div => Uniform(name, shape, 0.4, 2.5),
        BinaryOp.Max or BinaryOp.Min => new CaseInput(name, shape, key => Steps(key, shape, which == 0 ? [-1, 0, 1, 2] : [-0.6, 0.4, 1.4])),
        _ => Normal(name, shape),
    };

    private static IEnumerable<OpCase> Dropouts()
    {
        foreach (var shape in new Shape[] { [1], [7], [3, 5], [2, 3, 4, 5], [1031], [0, 2] })
        {
            foreach (double p in new[] { 0.1, 0.5, 0.97 })
                yield return Drop($"{shape} p {p}", shape, p);
        }

        yield return Drop("p 1 leaves zeros", [9], 1);
    }

    private static OpCase Drop(string variant, Shape shape, double p) =>
        new("dropout", variant, Tolerances.Elementwise, [Normal("input", shape)],
            (_, t) => [t[0].Dropout(p, new PhiloxKey(7, RandomStream.Dropout + 3, 11))])
        { SavedFloats = 0 };

    private static double[] Signed(PhiloxKey key, Shape shape, double low, double high) => Uniform("", shape, low, high).Values(key)
        .Select((v, i) => Philox.Below(key with { Step = key.Step + 1 }, (ulong)i, 2) == 0 ? v : -v).ToArray();

    private static double[] Steps(PhiloxKey key, Shape shape, double[] levels) =>
        [.. Enumerable.Range(0, (int)shape.Count)
            .Select(i => (double)(float)(levels[Philox.Below(key, (ulong)i, levels.Length)]
                + 0.05 * Philox.Uniform(key with { Step = key.Step + 1 }, (ulong)i)))];
}
