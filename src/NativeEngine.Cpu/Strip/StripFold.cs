using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Strip;

/// <summary>
/// Backward-data with few input channels and stride 1. Per image row the product gives what each pixel of dy adds to the S pixels under
/// its window, S * C columns that fill the vectors better than C; then these runs are added up where they overlap.
/// </summary>
internal static unsafe class StripFold
{
    /// <summary>The adding up costs about this much more than the product alone.</summary>
    private const double Overhead = 1.3;
    private const int ScratchRuns = 1, ScratchRow = 2, Slack = 16;

    /// <summary>Whether this takes less time than the convolution <paramref name="whole"/> that computes dx at once.</summary>
    public static bool IsCheaper(in ConvSizes s, in StripSizes whole, MicroKernels kernels)
    {
        StripSizes runs = StripSizes.Unfolded(s, kernels);
        return runs.IsSupported(s, kernels) && Overhead * runs.VectorMacsPerRow(kernels) < whole.VectorMacsPerRow(kernels);
    }

    /// <summary>dx (+)= the gradient.</summary>
    public static void BackwardData(CpuContext context, MicroKernels kernels, in ConvSizes s, float* w, float* dy, float* dx, bool accumulate)
    {
        StripSizes sizes = StripSizes.Unfolded(s, kernels);
        NativeBlock memory = context.Memory.Rent((sizes.Depth + 1L) * sizes.PaddedColumns(kernels) * sizeof(float));
        try
        {
            // Column (tap, channel) of the product is w[k, r, tap, channel]: neighbours in memory; rows of the image rise as r falls.
            int taps = s.S * s.C;
            StripConv.Pack(kernels, sizes, new StripConv.Filter(w + (s.R - 1) * taps, taps, 1, s.R * taps, -taps, 0), null, memory.Floats);
            Partition units = Partition.Of(sizes.Units, 1);
            var product = new StripProduct(kernels, sizes, memory.Floats);
            context.Pool.Run(units.Chunks, new Widest<Rows>(new Rows(context, sizes, new StripImages(context, sizes, dy), product, units, s, dx, accumulate)));
        }
        finally
        {
            context.Memory.Return(memory);
        }
    }

    private readonly struct Rows(CpuContext context, StripSizes sizes, StripImages images, StripProduct product, Partition units, ConvSizes s, float* dx,
        bool accumulate) : ILaneBody
    {
        public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
        {
            nint columns = sizes.Columns, border = (s.S - 1) * columns, inside = s.Q * columns, width = (nint)s.W * s.C;
            float* before = context.Scratch.Get(worker, ScratchRuns, inside + 2 * border + Slack), runs = before + border,
                row = context.Scratch.Get(worker, ScratchRow, width + Slack);
            VectorCopy.Zero(before, border);
            VectorCopy.Zero(runs + inside, border);
            for (int unit = (int)units.Start(chunk); unit < (int)units.End(chunk); unit++)
            {
                (int image, int first, int end) = images.Rows(unit);
                float* strip = images.Load(worker, image, first, end), target = dx + ((nint)image * s.H + first) * width;
                for (int h = first; h < end; h++, strip += sizes.RowFloats, target += width)
                {
                    product.Run(strip, runs, 1, false);
                    Fold<V>(runs + s.PadW * columns, row);
                    if (accumulate) VectorCopy.Add(target, row, width);
                    else VectorCopy.Copy(target, row, width);
                }
            }
        }

        /// <summary>
        /// row[pixel, c] = Σ over taps of runs[pixel - tap, tap, c]; runs has zeros on both sides. Whole vectors: what they read beyond a run
        /// is written beyond a pixel, where the next pixel comes.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Fold<V>(float* runs, float* row) where V : struct, ILanes<V>
        {
            nint columns = sizes.Columns, step = s.C - columns;
            for (int pixel = 0; pixel < s.W; pixel++, runs += columns, row += s.C)
            {
                for (nint c = 0; c < s.C; c += V.Width)
                {
                    float* run = runs + c;
                    V sum = V.Load(run);
                    for (int tap = 1; tap < s.S; tap++)
                    {
                        run += step;
                        sum = sum + V.Load(run);
                    }
                    V.Store(sum, row + c);
                }
            }
        }
    }
}
