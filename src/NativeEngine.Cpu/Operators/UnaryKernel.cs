using NativeEngine.Core;

namespace NativeEngine.Cpu.Operators;

/// <summary>The loops of one unary operator, so that the table of operators is written once.</summary>
internal abstract class UnaryKernel
{
    private static readonly UnaryKernel[] Table = MakeTable();
    private static readonly UnaryKernel Square = new UnaryKernel<SquareOperator>();

    /// <summary>The kernel of an op. Squares are by far the most frequent power.</summary>
    public static UnaryKernel Of(UnaryOp op, in UnaryArgs args) => op == UnaryOp.Pow && args.A == 2 ? Square : Table[(int)op];

    public abstract unsafe void Forward(CpuBackend backend, float* x, float* y, long count, float p, float q);

    public abstract unsafe void Backward(CpuBackend backend, float* saved, float* dy, float* dx, bool accumulate, long count, float p, float q);

    private static UnaryKernel[] MakeTable()
    {
        var table = new UnaryKernel[Enum.GetValues<UnaryOp>().Length];
        table[(int)UnaryOp.Neg] = new UnaryKernel<NegOperator>();
        table[(int)UnaryOp.Relu] = new UnaryKernel<ReluOperator>();
        table[(int)UnaryOp.LeakyRelu] = new UnaryKernel<LeakyReluOperator>();
        table[(int)UnaryOp.Sigmoid] = new UnaryKernel<SigmoidOperator>();
        table[(int)UnaryOp.Tanh] = new UnaryKernel<TanhOperator>();
        table[(int)UnaryOp.Silu] = new UnaryKernel<SiluOperator>();
        table[(int)UnaryOp.Gelu] = new UnaryKernel<GeluOperator>();
        table[(int)UnaryOp.Exp] = new UnaryKernel<ExpOperator>();
        table[(int)UnaryOp.Log] = new UnaryKernel<LogOperator>();
        table[(int)UnaryOp.Sqrt] = new UnaryKernel<SqrtOperator>();
        table[(int)UnaryOp.Pow] = new UnaryKernel<PowOperator>();
        table[(int)UnaryOp.Abs] = new UnaryKernel<AbsOperator>();
        table[(int)UnaryOp.Clamp] = new UnaryKernel<ClampOperator>();
        table[(int)UnaryOp.Affine] = new UnaryKernel<AffineOperator>();
        table[(int)UnaryOp.HardSwish] = new UnaryKernel<HardSwishOperator>();
        table[(int)UnaryOp.HardSigmoid] = new UnaryKernel<HardSigmoidOperator>();
        return table;
    }
}

/// <inheritdoc/>
internal sealed class UnaryKernel<TOp> : UnaryKernel where TOp : struct, IUnaryOperator
{
    public override unsafe void Forward(CpuBackend backend, float* x, float* y, long count, float p, float q) =>
        backend.Map<ValueOf<TOp>>(x, y, accumulate: false, count, p, q);

    public override unsafe void Backward(CpuBackend backend, float* saved, float* dy, float* dx, bool accumulate, long count, float p, float q) =>
        backend.Map<GradientOf<TOp>>(saved, dy, dx, accumulate, count, p, q);
}
