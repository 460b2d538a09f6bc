using NativeEngine.Core;
using NativeEngine.Cpu.Conv;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Norm;
using NativeEngine.Cpu.Pooling;

namespace NativeEngine.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Decisions => [.. _context.ConvPlans.Choices.Select(c => c.ToString())];

    /// <inheritdoc/>
    public void ConvForward(in ConvSizes s, Tensor x, Tensor w, Tensor? bias, Tensor y) =>
        ConvDriver.Forward(_context, s, Floats(x), Floats(w), Floats(y), new Epilogue { Bias = FloatsOrNull(bias) });

    /// <inheritdoc/>
    public bool GathersMoments(in ConvSizes s) => ConvDriver.GathersMoments(_context, s);

    /// <inheritdoc/>
    public void ConvForwardFused(in ConvSizes s, Tensor x, Tensor w, Tensor? bias, Tensor? residual, Tensor y, Tensor? moments) =>
        ConvDriver.Forward(_context, s, Floats(x), Floats(w), Floats(y),
            new Epilogue { Bias = FloatsOrNull(bias), Residual = FloatsOrNull(residual), Moments = MomentTarget.Of(FloatsOrNull(moments), s.K) });

    /// <inheritdoc/>
    public void ConvBackwardData(in ConvSizes s, Tensor w, Tensor dy, GradTarget dx)
    {
        if (dx.Wanted) ConvDriver.BackwardData(_context, s, Floats(w), Floats(dy), Floats(dx.Tensor!), dx.Accumulate);
    }

    /// <inheritdoc/>
    public void ConvBackwardFilter(in ConvSizes s, Tensor x, Tensor dy, GradTarget dw)
    {
        if (dw.Wanted) ConvDriver.BackwardFilter(_context, s, Floats(x), Floats(dy), Floats(dw.Tensor!), dw.Accumulate);
    }

    /// <inheritdoc/>
    public void PoolForward(in PoolSizes s, Tensor x, Tensor y) => PoolDriver.Forward(_context, s, Floats(x), Floats(y));

    /// <inheritdoc/>
    public void PoolBackward(in PoolSizes s, Tensor x, Tensor y, Tensor dy, GradTarget dx)
    {
        if (dx.Wanted) PoolDriver.Backward(_context, s, Floats(x), Floats(y), Floats(dy), Floats(dx.Tensor!), dx.Accumulate);
    }
}
