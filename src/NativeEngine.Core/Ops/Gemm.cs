namespace NativeEngine.Core;

/// <summary>Matrix products.</summary>
public static class Gemm
{
    /// <summary>
    /// y = a · b: [M, K]·[K, N], or batched [B, M, K]·[B, K, N] where either batch may be 1 or missing. Backward keeps a and b:
    /// da = dy·bᵀ, db = aᵀ·dy (summed over a repeated batch).
    /// </summary>
    /// <param name="a">[M, K] or [B, M, K]</param>
    /// <param name="b">[K, N] or [B, K, N]</param>
    public static Tensor MatMul(this Tensor a, Tensor b)
    {
        Check.OneEngine("matmul", a, b);
        Check.Float("matmul", "a", a);
        Check.That(a.DType == b.DType, "matmul", $"operands are {a.DType} and {b.DType}: expects equal types");
        Check.That(a.Shape.Rank is 2 or 3 && b.Shape.Rank is 2 or 3, "matmul", $"a {a.Shape}, b {b.Shape}: expects 2 or 3 dimensions each");
        Check.That(a.Shape[-1] == b.Shape[-2], "matmul", $"a {a.Shape} has rows of {a.Shape[-1]}, b {b.Shape} has {b.Shape[-2]} rows: expects equal");
        int batchA = a.Shape.Rank == 3 ? a.Shape[0] : 1, batchB = b.Shape.Rank == 3 ? b.Shape[0] : 1;
        Check.That(batchA == batchB || batchA == 1 || batchB == 1, "matmul",
            $"a {a.Shape} and b {b.Shape}: batches {batchA} and {batchB} differ and neither is 1");
        var (x, w) = (a.Contiguous(), b.Contiguous());
        int m = a.Shape[-2], k = a.Shape[-1], n = b.Shape[-1], batch = batchA == 1 ? batchB : batchA;
        var engine = a.Engine;
        var y = engine.Empty(a.Shape.Rank == 2 && b.Shape.Rank == 2 ? [m, n] : [batch, m, n], a.DType);
        long strideA = batchA == 1 ? 0 : (long)m * k, strideB = batchB == 1 ? 0 : (long)k * n, strideY = (long)m * n;
        engine.Backend.Gemm(new(batch, m, n, k, false, false, strideA, strideB), x, w, null, new(y, GradMode.Overwrite));
        return engine.Record("matmul", y, [x, w], [x, w], pass =>
        {
            ForOperand(0, batchA, new(batch, m, k, n, false, true, strideY, strideB), pass.Dy, w);
            ForOperand(1, batchB, new(batch, k, n, m, true, false, strideA, strideY), x, pass.Dy);

            void ForOperand(int i, int own, GemmSizes s, Tensor left, Tensor right)
            {
                if (!pass.Needs(i))
                    return;
                var target = pass.Target(i);
                if (own == batch)
                {
                    engine.Backend.Gemm(s, left, right, null, target);
                    return;
                }

                // The operand was repeated over the batch: its gradient is the sum of the products.
                var each = engine.Empty([batch, s.M, s.N], left.DType);
                engine.Backend.Gemm(s, left, right, null, new(each, GradMode.Overwrite));
                engine.Backend.Reduce(ReduceOp.Sum, each, target with { Tensor = Reduce.AlignRank(target.Tensor!, each.Shape) });
            }
        });
    }

    /// <summary>
    /// y = x · wᵀ + bias. Backward keeps x and w: dx = dy·w, dw = dyᵀ·x, dbias = Σ rows of dy.
    /// </summary>
    /// <param name="x">[…, in]; leading dimensions are rows</param>
    /// <param name="weight">[out, in]</param>
    /// <param name="bias">[out] or null</param>
    public static Tensor Linear(this Tensor x, Tensor weight, Tensor? bias = null)
    {
        Check.OneEngine("linear", x, weight, bias);
        Check.Float("linear", "input", x);
        Check.Float("linear", "weight", weight);
        Check.Rank("linear", "weight", weight, 2);
        Check.That(x.Shape.Rank >= 1 && x.Shape[-1] == weight.Shape[1], "linear",
            $"weight {weight.Shape}: expects rows of {weight.Shape[1]} inputs, input {x.Shape} has {(x.Shape.Rank > 0 ? x.Shape[-1] : 0)}");
        int inputs = weight.Shape[1], outputs = weight.Shape[0];
        Check.Vector("linear", "bias", bias, outputs);
        weight = weight.Contiguous();
        bias = bias?.Contiguous();
        var shape = x.Shape;
        var rows = x.Shape.Rank == 2 ? x.Contiguous() : x.Reshape(Check.Count("linear", "rows", x.Shape, x.Count / Math.Max(inputs, 1)), inputs);
        int m = rows.Shape[0];
        var engine = x.Engine;
        var y = engine.Empty([m, outputs], x.DType);
        engine.Backend.Gemm(GemmSizes.Single(m, outputs, inputs, transB: true), rows, weight, bias, new(y, GradMode.Overwrite));
        var result = engine.Record("linear", y, [rows, weight, bias], [rows, weight], pass =>
        {
            if (pass.Needs(0))
                engine.Backend.Gemm(GemmSizes.Single(m, inputs, outputs), pass.Dy, weight, null, pass.Target(0));
            if (pass.Needs(1))
                engine.Backend.Gemm(GemmSizes.Single(outputs, inputs, m, transA: true), pass.Dy, rows, null, pass.Target(1));
            Reduce.SumInto(pass.Dy, [outputs], pass, 2);
        });
        return shape.Rank == 2 ? result : result.Reshape([.. shape.AsSpan()[..^1], outputs]);
    }
}
