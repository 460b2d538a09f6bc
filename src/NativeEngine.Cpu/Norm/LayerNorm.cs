using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Norm;

/// <summary>Layer normalisation of rows. Each row is summed by a fixed set of lanes, its two moments in two passes over the cached row.</summary>
internal static unsafe class LayerNorm
{
    private const int GrainFloats = 16384, MaxGradientChunks = 16;

    /// <summary>See <see cref="IBackend.LayerNormForward"/>.</summary>
    public static void Forward(CpuContext context, in LayerNormSizes s, float* x, float* weight, float* bias, float* y, float* savedMean, float* savedInvStd)
    {
        Partition rows = Partition.Of(s.Rows, Math.Max(1, GrainFloats / Math.Max(1, s.Columns)));
        context.Pool.Run(rows.Chunks, new ForwardRows(rows, s, x, weight, bias, y, savedMean, savedInvStd));
    }

    /// <summary>See <see cref="IBackend.LayerNormBackward"/>.</summary>
    public static void Backward(CpuContext context, in LayerNormSizes s, float* x, float* dy, float* weight, float* mean, float* invStd, float* dx,
        bool addDx, float* dWeight, bool addWeight, float* dBias, bool addBias)
    {
        Partition rows = Partition.Of(s.Rows, Math.Max(1, GrainFloats / Math.Max(1, s.Columns)), maxChunks: MaxGradientChunks);
        int chunks = Math.Max(1, rows.Chunks);
        NativeBlock block = context.Memory.Rent(2L * chunks * s.Columns * sizeof(float));
        try
        {
            float* sums = block.Floats; // [chunk][2][columns]: Σ dy and Σ dy x̂
            VectorCopy.Zero(sums, (nint)2 * chunks * s.Columns);
            context.Pool.Run(rows.Chunks, new BackwardRows(rows, s, x, dy, weight, mean, invStd, dx, addDx, sums));
            for (int chunk = 1; chunk < chunks; chunk++) VectorCopy.Add(sums, sums + (nint)2 * chunk * s.Columns, (nint)2 * s.Columns);
            Publish(dBias, addBias, sums, s.Columns);
            Publish(dWeight, addWeight, sums + s.Columns, s.Columns);
        }
        finally
        {
            context.Memory.Return(block);
        }
    }

    private static void Publish(float* target, bool add, float* sum, int count)
    {
        if (target == null) return;
        if (add) VectorCopy.Add(target, sum, count);
        else VectorCopy.Copy(target, sum, count);
    }

    private readonly struct ForwardRows(Partition rows, LayerNormSizes s, float* x, float* weight, float* bias, float* y, float* savedMean,
        float* savedInvStd) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            long end = rows.End(chunk);
            for (long row = rows.Start(chunk); row < end; row++)
            {
                float* source = x + row * s.Columns;
                float sum = 0, squares = 0;
                VectorLoop.Run(new RowSum(source, &sum), s.Columns);
                float mean = sum / s.Columns;
                VectorLoop.Run(new RowSquares(source, mean, &squares), s.Columns);
                float inverse = (float)(1 / Math.Sqrt(squares / (double)s.Columns + s.Eps));
                savedMean[row] = mean;
                savedInvStd[row] = inverse;
                VectorLoop.Run(new RowApply(source, weight, bias, y + row * s.Columns, mean, inverse), s.Columns);
            }
        }
    }

    private readonly struct BackwardRows(Partition rows, LayerNormSizes s, float* x, float* dy, float* weight, float* mean, float* invStd, float* dx,
        bool addDx, float* sums) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            float* sumDy = sums + (nint)2 * chunk * s.Columns, sumDyX = sumDy + s.Columns;
            float* totals = stackalloc float[2];
            long end = rows.End(chunk);
            for (long row = rows.Start(chunk); row < end; row++)
            {
                long at = row * s.Columns;
                totals[0] = totals[1] = 0;
                VectorLoop.Run(new RowGradientSums(x + at, dy + at, weight, mean[row], invStd[row], sumDy, sumDyX, totals), s.Columns);
                if (dx != null)
                    VectorLoop.Run(new RowGradient(x + at, dy + at, weight, mean[row], invStd[row], totals[0] / s.Columns, totals[1] / s.Columns, dx + at,
                        addDx), s.Columns);
            }
        }
    }

    private readonly struct RowSum(float* x, float* sum) : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            V total = default;
            for (nint c = start; c < end; c += V.Width) total = total + V.Load(x + c);
            *sum += V.Sum(total);
        }
    }

    private readonly struct RowSquares(float* x, float mean, float* sum) : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            V total = default, m = V.Create(mean);
            for (nint c = start; c < end; c += V.Width)
            {
                V centred = V.Load(x + c) - m;
                total = V.MultiplyAdd(centred, centred, total);
            }
            *sum += V.Sum(total);
        }
    }

    private readonly struct RowApply(float* x, float* weight, float* bias, float* y, float mean, float inverse) : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            V m = V.Create(mean), scale = V.Create(inverse);
            for (nint c = start; c < end; c += V.Width)
            {
                V value = (V.Load(x + c) - m) * scale;
                if (weight != null) value = value * V.Load(weight + c);
                if (bias != null) value = value + V.Load(bias + c);
                V.Store(value, y + c);
            }
        }
    }

    /// <summary>Adds to the column sums, and totals = (Σ γ dy, Σ γ dy x̂) of the row.</summary>
    private readonly struct RowGradientSums(float* x, float* dy, float* weight, float mean, float inverse, float* sumDy, float* sumDyX, float* totals)
        : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            V m = V.Create(mean), scale = V.Create(inverse), total0 = default, total1 = default;
            for (nint c = start; c < end; c += V.Width)
            {
                V g = V.Load(dy + c), normal = (V.Load(x + c) - m) * scale;
                V.Store((V.Load(sumDy + c) + g), sumDy + c);
                V.Store(V.MultiplyAdd(g, normal, V.Load(sumDyX + c)), sumDyX + c);
                if (weight != null) g = g * V.Load(weight + c);
                total0 = total0 + g;
                total1 = V.MultiplyAdd(g, normal, total1);
            }
            totals[0] += V.Sum(total0);
            totals[1] += V.Sum(total1);
        }
    }

    /// <summary>dx (+)= inverse (γ dy - mean(γ dy) - x̂ mean(γ dy x̂)).</summary>
    private readonly struct RowGradient(float* x, float* dy, float* weight, float mean, float inverse, float meanDy, float meanDyX, float* dx, bool add)
        : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            V m = V.Create(mean), scale = V.Create(inverse), k0 = V.Create(meanDy), k1 = V.Create(meanDyX);
            for (nint c = start; c < end; c += V.Width)
            {
                V g = V.Load(dy + c), normal = (V.Load(x + c) - m) * scale;
                if (weight != null) g = g * V.Load(weight + c);
                V value = scale * ((g - k0) - (normal * k1));
                V.Store(add ? (V.Load(dx + c) + value) : value, dx + c);
            }
        }
    }
}
