using NativeEngine.Core;

namespace NativeEngine.Cpu.Operators;

/// <summary>The loops of one unary operator; there is one for each struct of <c>UnaryOperators.cs</c>.</summary>
internal abstract class UnaryKernel
{
    private static readonly UnaryKernel?[] Table = new UnaryKernel?[Enum.GetValues<UnaryOp>().Length];
    private static readonly UnaryKernel Square = new UnaryKernel<SquareOperator>();

    /// <summary>The kernel of an op. Squares are by far the most frequent power.</summary>
    public static UnaryKernel Of(UnaryOp op, in UnaryArgs args) =>
        op == UnaryOp.Pow && args.A == 2 ? Square : OperatorStruct.Kernel(Table, (int)op, op, typeof(UnaryKernel<>));

    public abstract unsafe void Forward(CpuBackend backend, float* x, float* y, long count, float p, float q);

    public abstract unsafe void Backward(CpuBackend backend, float* saved, float* dy, float* dx, bool accumulate, long count, float p, float q);
}

/// <inheritdoc/>
internal sealed class UnaryKernel<TOp> : UnaryKernel where TOp : struct, IUnaryOperator
{
    public override unsafe void Forward(CpuBackend backend, float* x, float* y, long count, float p, float q) =>
        backend.Map<ValueOf<TOp>>(x, y, accumulate: false, count, p, q);

    public override unsafe void Backward(CpuBackend backend, float* saved, float* dy, float* dx, bool accumulate, long count, float p, float q) =>
        backend.Map<GradientOf<TOp>>(saved, dy, dx, accumulate, count, p, q);
}
