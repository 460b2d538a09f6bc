using NativeEngine.Core;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Operators;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void Unary(UnaryOp op, in UnaryArgs args, Tensor x, Tensor y) =>
        UnaryKernel.Of(op, args).Forward(this, Floats(x), Floats(y), x.Count, (float)args.A, (float)args.B);

    /// <inheritdoc/>
    public void UnaryBackward(UnaryOp op, in UnaryArgs args, Tensor saved, Tensor dy, GradTarget dx) =>
        UnaryKernel.Of(op, args).Backward(this, Floats(saved), Floats(dy), Floats(dx.Tensor!), dx.Accumulate, dy.Count, (float)args.A, (float)args.B);

    /// <inheritdoc/>
    public void Binary(BinaryOp op, Tensor a, Tensor b, Tensor y) => BinaryKernel.Of(op).Forward(this, a, b, y);

    /// <inheritdoc/>
    public void BinaryBackward(BinaryOp op, Operand side, Tensor a, Tensor b, Tensor dy, GradTarget dTarget) =>
        BinaryKernel.Of(op).Backward(this, side, a, b, dy, dTarget);

    /// <inheritdoc/>
    public void Dropout(Tensor x, double p, PhiloxKey key, GradTarget y)
    {
        var parts = Partition.Of(x.Count, Grain / 4, Unit);
        _context.Pool.Run(parts.Chunks, new DropoutLoop(parts, Floats(x), Floats(y.Tensor!), p, key, y.Accumulate));
    }

    /// <summary>y (+)= f(x), all dense.</summary>
    internal void Map<TMap>(float* x, float* y, bool accumulate, long count, float p = 0, float q = 0) where TMap : struct, IMap1
    {
        var parts = Partition.Of(count, Grain, Unit);
        if (accumulate)
            Run(parts, new MapLoop1<TMap, Accumulate>(parts, x, y, p, q));
        else
            Run(parts, new MapLoop1<TMap, Overwrite>(parts, x, y, p, q));
    }

    /// <summary>y (+)= f(x, z), all dense.</summary>
    internal void Map<TMap>(float* x, float* z, float* y, bool accumulate, long count, float p = 0, float q = 0) where TMap : struct, IMap2
    {
        var parts = Partition.Of(count, Grain, Unit);
        if (accumulate)
            Run(parts, new MapLoop2<TMap, Accumulate>(parts, x, z, y, p, q));
        else
            Run(parts, new MapLoop2<TMap, Overwrite>(parts, x, z, y, p, q));
    }

    internal void Zip<TZip>(Tensor a, Tensor b, Tensor y) where TZip : struct, IZip
    {
        var nest = LoopNest.Over(y, a, b);
        Zip<TZip, Overwrite>(nest, Floats(a), Floats(b), Floats(y), Floats(y));
    }

    private void Zip<TZip, TStore>(in LoopNest nest, float* a, float* b, float* c, float* y)
        where TZip : struct, IZip
        where TStore : struct, IGradStore
    {
        var parts = Partition.Of(nest.Count, Grain, Unit);
        Run(parts, new ZipLoop<TZip, TStore>(parts, nest, a, b, c, y));
    }

    internal void OperandGradient<TZip>(Tensor a, Tensor b, Tensor dy, GradTarget target) where TZip : struct, IZip
    {
        var nest = LoopNest.Over(dy, a, b);
        if (target.Tensor!.Shape == dy.Shape)
        {
            if (target.Accumulate)
                Zip<TZip, Accumulate>(nest, Floats(a), Floats(b), Floats(dy), Floats(target.Tensor));
            else
                Zip<TZip, Overwrite>(nest, Floats(a), Floats(b), Floats(dy), Floats(target.Tensor));
            return;
        }

        // The operand was repeated: its gradient before the sum goes through a buffer of dy's size.
        NativeBlock wide = _context.Memory.Rent(dy.Count * sizeof(float));
        try
        {
            Zip<TZip, Overwrite>(nest, Floats(a), Floats(b), Floats(dy), wide.Floats);
            SumDown(wide.Floats, dy.Shape, target, 1);
        }
        finally
        {
            _context.Memory.Return(wide);
        }
    }
}
