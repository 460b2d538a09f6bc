using NativeEngine.Core;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Norm;

/// <summary>Group normalisation of channels-last images with the column kernels of batch norm; one chunk is one image.</summary>
internal static unsafe class GroupNorm
{
    private const int ScratchDoubles = 0, ScratchFloats = 1;

    /// <summary>See <see cref="IBackend.GroupNormForward"/>.</summary>
    public static void Forward(CpuContext context, in GroupNormSizes s, float* x, float* weight, float* bias, float* y, float* savedMean, float* savedInvStd) =>
        context.Pool.Run(s.N, new ForwardImage(context, s, x, weight, bias, y, savedMean, savedInvStd));

    /// <summary>See <see cref="IBackend.GroupNormBackward"/>.</summary>
    public static void Backward(CpuContext context, in GroupNormSizes s, float* x, float* dy, float* weight, float* mean, float* invStd, float* dx,
        bool addDx, float* dWeight, bool addWeight, float* dBias, bool addBias)
    {
        NativeBlock block = context.Memory.Rent(2L * s.N * s.C * sizeof(double));
        try
        {
            double* sums = (double*)block.Pointer; // per image [2][C]: Σ dy and Σ dy x̂
            context.Pool.Run(s.N, new BackwardImage(context, s, x, dy, weight, mean, invStd, dx, addDx, sums));
            for (int c = 0; c < s.C; c++)
            {
                double dBeta = 0, dGamma = 0;
                for (int n = 0; n < s.N; n++)
                {
                    dBeta += sums[2L * n * s.C + c];
                    dGamma += sums[2L * n * s.C + s.C + c];
                }
                if (dBias != null) dBias[c] = addBias ? dBias[c] + (float)dBeta : (float)dBeta;
                if (dWeight != null) dWeight[c] = addWeight ? dWeight[c] + (float)dGamma : (float)dGamma;
            }
        }
        finally
        {
            context.Memory.Return(block);
        }
    }

    private readonly struct ForwardImage(CpuContext context, GroupNormSizes s, float* x, float* weight, float* bias, float* y, float* savedMean,
        float* savedInvStd) : IChunkBody
    {
        public void Invoke(int image, int worker)
        {
            int channels = s.C / s.Groups;
            double* mean = (double*)context.Scratch.Get(worker, ScratchDoubles, 4L * s.C), squares = mean + s.C;
            float* scratch = context.Scratch.Get(worker, ScratchFloats, 3L * s.C), means = scratch, scale = scratch + s.C, shift = scratch + 2 * s.C;
            float* source = x + (long)image * s.Pixels * s.C;
            if (s.Pixels == 0) return;
            ColumnStatistics.Moments(source, s.C, s.Pixels, s.C, mean, squares, scratch);
            for (int g = 0; g < s.Groups; g++)
            {
                double groupMean = 0, groupSquares = 0;
                for (int c = g * channels; c < (g + 1) * channels; c++) groupMean += mean[c] / channels;
                for (int c = g * channels; c < (g + 1) * channels; c++) groupSquares += squares[c] + s.Pixels * (mean[c] - groupMean) * (mean[c] - groupMean);
                float m = (float)groupMean, inverse = (float)(1 / Math.Sqrt(groupSquares / ((double)channels * s.Pixels) + s.Eps));
                savedMean[image * s.Groups + g] = m;
                savedInvStd[image * s.Groups + g] = inverse;
                for (int c = g * channels; c < (g + 1) * channels; c++)
                {
                    means[c] = m;
                    scale[c] = weight == null ? inverse : weight[c] * inverse;
                    shift[c] = bias == null ? 0 : bias[c];
                }
            }
            VectorLoop.Run(new NormApply(source, null, y + (long)image * s.Pixels * s.C, s.Pixels, s.C, means, scale, shift, false), s.C);
        }
    }

    private readonly struct BackwardImage(CpuContext context, GroupNormSizes s, float* x, float* dy, float* weight, float* mean, float* invStd, float* dx,
        bool addDx, double* sums) : IChunkBody
    {
        public void Invoke(int image, int worker)
        {
            int channels = s.C / s.Groups;
            float* scratch = context.Scratch.Get(worker, ScratchFloats, 6L * s.C), means = scratch, a = scratch + s.C, b = scratch + 2 * s.C,
                k = scratch + 3 * s.C, blocks = scratch + 4 * s.C;
            double* sumDy = sums + 2L * image * s.C, sumDyX = sumDy + s.C;
            for (int c = 0; c < s.C; c++) means[c] = mean[image * s.Groups + c / channels];
            long at = (long)image * s.Pixels * s.C;
            ColumnStatistics.Gradients<OpenGate>(x + at, default, dy + at, s.Pixels, s.C, means, sumDy, sumDyX, blocks);
            double count = (double)channels * s.Pixels;
            for (int g = 0; g < s.Groups; g++)
            {
                float inverse = invStd[image * s.Groups + g];
                double dMean = 0, dScale = 0; // over the group: Σ γ dy and Σ γ dy x̂
                for (int c = g * channels; c < (g + 1) * channels; c++)
                {
                    sumDyX[c] *= inverse;
                    double gamma = weight == null ? 1 : weight[c];
                    dMean += gamma * sumDy[c];
                    dScale += gamma * sumDyX[c];
                }
                for (int c = g * channels; c < (g + 1) * channels; c++)
                {
                    a[c] = (weight == null ? 1 : weight[c]) * inverse;
                    b[c] = (float)(-inverse * dScale * inverse / count);
                    k[c] = (float)(-inverse * dMean / count);
                }
            }
            if (dx != null)
                VectorLoop.Run(new NormGradient<OpenGate>(x + at, default, dy + at, dx + at, addDx, null, false, s.Pixels, s.C, means, a, b, k), s.C);
        }
    }
}
