using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Gemm;

/// <summary>Runs micro-kernels over a packed block of A and one panel of B.</summary>
internal static unsafe class PanelSweep
{
    /// <summary>Largest tile that has to go through a temporary because the vectors have no masks (floats).</summary>
    private const int MaxTile = 12 * 8;

    /// <summary>Nearly equal tiles of at most MaxRows rows: the start of tile <paramref name="tile"/>.</summary>
    private static int TileStart(int rows, int tiles, int tile) => (int)((long)rows * tile / tiles);

    /// <summary>C[rows, columns] (+)= A * panel.</summary>
    /// <param name="a">packed rows, <see cref="MicroKernels.RowStep"/> apart, or k-major with <paramref name="lda"/></param>
    /// <param name="b">panel [kc][ldb], zeros beyond <paramref name="columns"/></param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(MicroKernels kernels, KernelFamily family, float* a, nint lda, int rows, float* b, nint ldb, int columns, int kc, float* c,
        nint ldc, bool accumulate)
    {
        int tiles = (rows + kernels.MaxRows - 1) / kernels.MaxRows;
        int vectors = (columns + kernels.Width - 1) / kernels.Width;
        int lanes = columns - (vectors - 1) * kernels.Width;
        bool edge = lanes != kernels.Width;
        nint rowStep = MicroKernels.RowStep(family);
        if (edge && !kernels.HasMasks)
        {
            RunThroughTile(kernels, family, a, lda, rows, b, ldb, columns, kc, c, ldc, accumulate);
            return;
        }
        float* mask = kernels.Mask(lanes);
        for (int tile = 0; tile < tiles; tile++)
        {
            int start = TileStart(rows, tiles, tile);
            int count = TileStart(rows, tiles, tile + 1) - start;
            kernels.Get(family, count, vectors, edge)(a + start * rowStep, lda, b, ldb, c + start * ldc, ldc, kc, accumulate ? 1 : 0, mask);
        }
    }

    private static void RunThroughTile(MicroKernels kernels, KernelFamily family, float* a, nint lda, int rows, float* b, nint ldb, int columns, int kc,
        float* c, nint ldc, bool accumulate)
    {
        float* tileC = stackalloc float[MaxTile];
        int tiles = (rows + kernels.MaxRows - 1) / kernels.MaxRows;
        int vectors = (columns + kernels.Width - 1) / kernels.Width, width = vectors * kernels.Width;
        nint rowStep = MicroKernels.RowStep(family);
        for (int tile = 0; tile < tiles; tile++)
        {
            int start = TileStart(rows, tiles, tile);
            int count = TileStart(rows, tiles, tile + 1) - start;
            kernels.Get(family, count, vectors, false)(a + start * rowStep, lda, b, ldb, tileC, width, kc, 0, null);
            for (int i = 0; i < count; i++)
            {
                if (accumulate) VectorCopy.Add(c + (start + i) * ldc, tileC + i * width, columns);
                else VectorCopy.Copy(c + (start + i) * ldc, tileC + i * width, columns);
            }
        }
    }
}
