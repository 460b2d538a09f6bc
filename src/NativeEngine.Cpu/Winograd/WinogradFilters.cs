using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Winograd;

/// <summary>
/// The transformed filters: for each of a tile's filter values a matrix [inner, outer] in packed panels. One chunk is a range of inner channels.
/// </summary>
/// <param name="filters">first tap of (inner 0, outer 0); outer channels are neighbours in memory</param>
internal readonly unsafe struct WinogradFilters<TTile>(
    CpuContext context, MicroKernels kernels, Partition rows, float* filters, nint rowStride, nint tapStride, float* data, nint filterStride, int inner,
        int outer) : IChunkBody
    where TTile : struct, IWinogradTile
{
    public const int ScratchWork = 2;

    /// <summary>Distance of two of them. The pad keeps equal places of all of them out of the same cache sets.</summary>
    public static nint FilterStride(int inner, int outer, MicroKernels kernels) => (nint)PackedPanels.Size(inner, outer, kernels) + 272;

    /// <summary>The panels of one of them.</summary>
    public static PackedPanels Panels(float* data, nint filterStride, int filter, int inner, int outer, MicroKernels kernels) =>
        new(data + filter * filterStride, inner, outer, kernels, KernelFamily.RowGathered);

    public void Invoke(int chunk, int worker)
    {
        float* work = context.Scratch.Get(worker, ScratchWork, TileTransform<TTile>.Filters * 16);
        PackedPanels first = Panels(data, filterStride, 0, inner, outer, kernels);
        int start = (int)rows.Start(chunk), end = (int)rows.End(chunk);
        for (int block = 0; block < first.Blocks.Count; block++)
        {
            int k0 = first.Blocks.Start(block), k1 = k0 + first.Blocks.Length(block);
            for (int row = Math.Max(start, k0); row < Math.Min(end, k1); row++)
            {
                for (int panel = 0; panel < first.Count; panel++)
                {
                    int columns = first.Columns(panel), width = first.Vectors(panel) * kernels.Width;
                    float* target = first.At(block, panel) + (nint)(row - k0) * width;
                    VectorLoop.Run(new FilterKernel<TTile>(filters + row * rowStride + panel * kernels.PanelColumns, tapStride, target, filterStride, work),
                        columns);
                    for (int filter = 0; columns < width && filter < TileTransform<TTile>.Filters; filter++)
                        VectorCopy.Zero(target + filter * filterStride + columns, width - columns);
                }
            }
        }
    }
}
