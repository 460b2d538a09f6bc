using NativeEngine.Core;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Norm;

/// <summary>
/// Batch normalisation with optional residual and ReLU in two passes over memory per direction. Sums are taken over fixed ranges of
/// rows and merged in their order, so the bits do not depend on the number of threads.
/// </summary>
internal static unsafe class BatchNorm
{
    /// <summary>Rows x columns that one pass of a kernel handles, so that the column tails find their rows in cache.</summary>
    private const int BlockFloats = 8192;
    private const int GrainFloats = 32768;
    private const int MaxChunks = 32;
    private const int ScratchFloats = 0;

    /// <summary>See <see cref="IBackend.BatchNormForward"/>; unless null, <paramref name="moments"/> [2][C] spares the first pass.</summary>
    public static void Forward(CpuContext context, in BatchNormSizes s, float* x, float* residual, float* weight, float* bias, float* runningMean,
        float* runningVar, float* y, float* savedMean, float* savedInvStd, float* moments = null)
    {
        int columns = s.C;
        Partition rows = Rows(s.Pixels, columns);
        NativeBlock block = context.Memory.Rent((4L * rows.Chunks * columns + 3 * columns) * sizeof(double));
        try
        {
            double* sums = (double*)block.Pointer; // [chunk][2][C]
            float* scale = (float*)(sums + 2L * rows.Chunks * columns), shift = scale + columns;
            if (s.Training && s.Pixels > 0)
            {
                if (moments == null) Moments(context, rows, x, columns, sums);
                else for (int i = 0; i < 2 * columns; i++) sums[i] = moments[i];
                Publish(s, sums, sums + columns, runningMean, runningVar, savedMean, savedInvStd);
            }
            else
            {
                for (int c = 0; c < columns; c++)
                {
                    savedMean[c] = runningMean == null ? 0 : runningMean[c];
                    savedInvStd[c] = (float)(1 / Math.Sqrt((runningVar == null ? 1 : runningVar[c]) + s.Eps));
                }
            }
            ScaleAndShift(columns, weight, bias, savedInvStd, scale, shift);
            context.Pool.Run(rows.Chunks, new ApplyBody(rows, columns, x, residual, y, savedMean, scale, shift, s.Relu, moments != null));
        }
        finally
        {
            context.Memory.Return(block);
        }
    }

    /// <summary>See <see cref="IBackend.BatchNormBackward"/>; with a ReLU and without <paramref name="y"/> its mask is computed again from x, as
    /// <see cref="NormApply"/> did, with <paramref name="bias"/>.</summary>
    public static void Backward(CpuContext context, in BatchNormSizes s, float* x, float* y, float* dy, float* weight, float* mean, float* invStd,
        float* dx, bool addDx, float* dResidual, bool addResidual, float* dWeight, bool addWeight, float* dBias, bool addBias, float* bias = null)
    {
        if (!s.Relu)
            Backward<OpenGate>(context, s, x, y, dy, weight, mean, invStd, dx, addDx, dResidual, addResidual, dWeight, addWeight, dBias, addBias, bias);
        else if (y != null)
            Backward<OutputGate>(context, s, x, y, dy, weight, mean, invStd, dx, addDx, dResidual, addResidual, dWeight, addWeight, dBias, addBias, bias);
        else Backward<InputGate>(context, s, x, y, dy, weight, mean, invStd, dx, addDx, dResidual, addResidual, dWeight, addWeight, dBias, addBias, bias);
    }

    private static void Backward<TGate>(CpuContext context, in BatchNormSizes s, float* x, float* y, float* dy, float* weight, float* mean, float* invStd,
        float* dx, bool addDx, float* dResidual, bool addResidual, float* dWeight, bool addWeight, float* dBias, bool addBias, float* bias)
            where TGate : struct, INormGate
    {
        int columns = s.C;
        Partition rows = Rows(s.Pixels, columns);
        NativeBlock block = context.Memory.Rent((2L * Math.Max(1, rows.Chunks) * columns + 3 * columns) * sizeof(double)); // the sums, then five rows of floats
        try
        {
            double* sums = (double*)block.Pointer; // [chunk][2][C]
            float* a = (float*)(sums + 2L * Math.Max(1, rows.Chunks) * columns), b = a + columns, k = b + columns;
            var gate = new GateData(y, k + columns, k + 2 * columns);
            if (TGate.ReadsScale) ScaleAndShift(columns, weight, bias, invStd, gate.Scale, gate.Shift);
            for (int c = 0; c < 2 * columns; c++) sums[c] = 0;
            context.Pool.Run(rows.Chunks, new GradientSumsBody<TGate>(context, rows, columns, x, gate, dy, mean, sums));
            for (int chunk = 1; chunk < rows.Chunks; chunk++)
            {
                for (int c = 0; c < 2 * columns; c++) sums[c] += sums[2L * chunk * columns + c];
            }
            for (int c = 0; c < columns; c++)
            {
                double dBeta = sums[c], dGamma = sums[columns + c] * invStd[c];
                if (dBias != null) dBias[c] = addBias ? dBias[c] + (float)dBeta : (float)dBeta;
                if (dWeight != null) dWeight[c] = addWeight ? dWeight[c] + (float)dGamma : (float)dGamma;
                double slope = (weight == null ? 1 : weight[c]) * (double)invStd[c];
                a[c] = (float)slope;
                b[c] = s.Training ? (float)(-slope * dGamma * invStd[c] / s.Pixels) : 0;
                k[c] = s.Training ? (float)(-slope * dBeta / s.Pixels) : 0;
            }
            if (dx != null || dResidual != null)
                context.Pool.Run(rows.Chunks, new GradientBody<TGate>(rows, columns, x, gate, dy, dx, addDx, dResidual, addResidual, mean, a, b, k));
        }
        finally
        {
            context.Memory.Return(block);
        }
    }

    private static void ScaleAndShift(int columns, float* weight, float* bias, float* invStd, float* scale, float* shift)
    {
        for (int c = 0; c < columns; c++)
        {
            scale[c] = weight == null ? invStd[c] : weight[c] * invStd[c];
            shift[c] = bias == null ? 0 : bias[c];
        }
    }

    private static void Moments(CpuContext context, in Partition rows, float* x, int columns, double* sums)
    {
        context.Pool.Run(rows.Chunks, new MomentsBody(context, rows, x, columns, sums));
        for (int chunk = 1; chunk < rows.Chunks; chunk++)
        {
            double* part = sums + 2L * chunk * columns;
            ColumnStatistics.Merge(sums, sums + columns, rows.Start(chunk), part, part + columns, rows.End(chunk) - rows.Start(chunk), columns);
        }
    }

    private static Partition Rows(int rows, int columns) => Partition.Of(rows, Math.Max(1, GrainFloats / Math.Max(1, columns)), maxChunks: MaxChunks);

    private static void Publish(in BatchNormSizes s, double* mean, double* squares, float* runningMean, float* runningVar, float* savedMean, float* savedInvStd)
    {
        for (int c = 0; c < s.C; c++)
        {
            savedMean[c] = (float)mean[c];
            savedInvStd[c] = (float)(1 / Math.Sqrt(squares[c] / s.Pixels + s.Eps));
            if (runningMean != null) runningMean[c] = (float)((1 - s.Momentum) * runningMean[c] + s.Momentum * mean[c]);
            if (runningVar != null) runningVar[c] = (float)((1 - s.Momentum) * runningVar[c] + s.Momentum * squares[c] / Math.Max(1, s.Pixels - 1));
        }
    }

    /// <summary>The first pass over an input goes backwards: its input was written front to back just before, so its end is what the caches still hold,
    /// and the second pass finds the front there in turn.</summary>
    private static int LastFirst(Partition rows, int chunk) => rows.Chunks - 1 - chunk;

    private static int BlockRows(int columns) => Math.Max(1, BlockFloats / Math.Max(1, columns));

    private readonly struct MomentsBody(CpuContext context, Partition rows, float* x, int columns, double* sums) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            chunk = LastFirst(rows, chunk);
            double* mean = sums + 2L * chunk * columns;
            long start = rows.Start(chunk);
            ColumnStatistics.Moments(x + start * columns, columns, rows.End(chunk) - start, columns, mean, mean + columns,
                context.Scratch.Get(worker, ScratchFloats, 3L * columns));
        }
    }

    private readonly struct ApplyBody(Partition rows, int columns, float* x, float* residual, float* y, float* mean, float* scale, float* shift, bool relu,
        bool lastFirst) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            if (lastFirst) chunk = LastFirst(rows, chunk);
            long end = rows.End(chunk);
            int step = BlockRows(columns);
            for (long row = rows.Start(chunk); row < end; row += step)
            {
                long at = row * columns;
                VectorLoop.Run(new NormApply(x + at, residual == null ? null : residual + at, y + at, (int)Math.Min(step, end - row), columns, mean, scale,
                    shift, relu), columns);
            }
        }
    }

    private readonly struct GradientSumsBody<TGate>(CpuContext context, Partition rows, int columns, float* x, GateData gate, float* dy, float* mean,
        double* sums) : IChunkBody where TGate : struct, INormGate
    {
        public void Invoke(int chunk, int worker)
        {
            chunk = LastFirst(rows, chunk);
            double* sum = sums + 2L * chunk * columns;
            long start = rows.Start(chunk), at = start * columns;
            ColumnStatistics.Gradients<TGate>(x + at, gate.From(at), dy + at, rows.End(chunk) - start, columns, mean, sum, sum + columns,
                context.Scratch.Get(worker, ScratchFloats, 2L * columns));
        }
    }

    private readonly struct GradientBody<TGate>(
        Partition rows, int columns, float* x, GateData gate, float* dy, float* dx, bool addDx, float* dResidual, bool addResidual, float* mean, float* a,
            float* b, float* k) : IChunkBody where TGate : struct, INormGate
    {
        public void Invoke(int chunk, int worker)
        {
            long end = rows.End(chunk);
            int step = BlockRows(columns);
            for (long row = rows.Start(chunk); row < end; row += step)
            {
                long at = row * columns;
                VectorLoop.Run(new NormGradient<TGate>(x + at, gate.From(at), dy + at, dx == null ? null : dx + at, addDx,
                    dResidual == null ? null : dResidual + at, addResidual,
                    (int)Math.Min(step, end - row), columns, mean, a, b, k), columns);
            }
        }
    }
}
