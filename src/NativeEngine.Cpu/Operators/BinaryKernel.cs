using NativeEngine.Core;

namespace NativeEngine.Cpu.Operators;

/// <summary>The loops of one binary operator; there is one for each struct of <c>BinaryOperators.cs</c>.</summary>
internal abstract class BinaryKernel
{
    private static readonly BinaryKernel?[] Table = new BinaryKernel?[Enum.GetValues<BinaryOp>().Length];

    /// <summary>The kernel of an op.</summary>
    public static BinaryKernel Of(BinaryOp op) => OperatorStruct.Kernel(Table, (int)op, op, typeof(BinaryKernel<>));

    public abstract void Forward(CpuBackend backend, Tensor a, Tensor b, Tensor y);

    public abstract void Backward(CpuBackend backend, Operand side, Tensor a, Tensor b, Tensor dy, GradTarget target);
}

/// <inheritdoc/>
internal sealed class BinaryKernel<TOp> : BinaryKernel where TOp : struct, IBinaryOperator
{
    public override void Forward(CpuBackend backend, Tensor a, Tensor b, Tensor y) => backend.Zip<ValueOfBoth<TOp>>(a, b, y);

    public override void Backward(CpuBackend backend, Operand side, Tensor a, Tensor b, Tensor dy, GradTarget target)
    {
        if (side == Operand.Left)
            backend.OperandGradient<LeftGradientOf<TOp>>(a, b, dy, target);
        else
            backend.OperandGradient<RightGradientOf<TOp>>(a, b, dy, target);
    }
}
