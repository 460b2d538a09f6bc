using NativeEngine.Core;
using static NativeEngine.Verify.CaseInput;

namespace NativeEngine.Verify;

public static partial class OpCatalogue
{
    private static IEnumerable<OpCase> Products()
    {
        foreach (var (m, k, n) in new[] { (1, 1, 1), (5, 7, 3), (1, 33, 1), (17, 1, 19), (17, 33, 9), (31, 65, 47), (64, 48, 72), (3, 0, 4), (0, 5, 4),
                (4, 5, 0), (130, 20, 6), (6, 300, 17) })
            yield return Product($"[{m},{k}] by [{k},{n}]", [m, k], [k, n]);
        yield return Product("batch", [3, 5, 7], [3, 7, 4]);
        yield return Product("batch, left repeated", [1, 5, 7], [3, 7, 4]);
        yield return Product("batch, right repeated", [3, 5, 7], [7, 4]);
        yield return Product("batch, left a matrix", [5, 7], [3, 7, 4]);
        yield return Product("empty batch", [0, 5, 7], [0, 7, 4]);
        yield return new OpCase("matmul", "transposed operands", Tolerances.Gemm, [Normal("input", [7, 5]), Normal("other", [4, 7])],
            (_, t) => [t[0].Permute(1, 0).MatMul(t[1].Permute(1, 0))])
        { SavedFloats = 63 };
        yield return new OpCase("matmul", "a matrix with itself", Tolerances.Gemm, [Normal("input", [5, 5])],
            (_, t) => [t[0].MatMul(t[0])])
        { SavedFloats = 25 };

        foreach (var (rows, inputs, outputs) in new[] { (1, 1, 1), (5, 7, 3), (33, 17, 10), (64, 120, 84), (0, 4, 3), (2, 0, 3), (3, 257, 31) })
        {
            yield return Layer($"[{rows},{inputs}] to {outputs}", [rows, inputs], outputs, bias: true);
            yield return Layer($"[{rows},{inputs}] to {outputs} without bias", [rows, inputs], outputs, bias: false);
        }

        yield return new OpCase("linear", "transposed weight", Tolerances.Gemm, [Normal("input", [4, 5]), Normal("weight", [5, 3])],
            (_, t) => [t[0].Linear(t[1].Permute(1, 0))]);
        yield return Layer("a vector", [7], 3, bias: true);
        yield return Layer("three dimensions", [2, 5, 7], 4, bias: true);
        yield return Layer("four dimensions", [2, 3, 4, 5], 6, bias: true) with { SavedFloats = null };
    }

    private static OpCase Product(string variant, Shape a, Shape b) =>
        new("matmul", variant, Tolerances.Gemm, [Normal("input", a), Normal("other", b)], (_, t) => [t[0].MatMul(t[1])]) { SavedFloats = a.Count + b.Count };

    private static OpCase Layer(string variant, Shape input, int outputs, bool bias)
    {
        int inputs = input[-1];
        CaseInput[] arguments = [Normal("input", input), Normal("weight", [outputs, inputs], 0.5),
            .. bias ? [Normal("bias", [outputs])] : Array.Empty<CaseInput>()];
        return new OpCase("linear", variant, Tolerances.Gemm, arguments,
            (_, t) => [t[0].Linear(t[1], bias ? t[2] : null)])
        { SavedFloats = input.Count + (long)outputs * inputs };
    }
}
