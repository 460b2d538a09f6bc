using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Gemm;

/// <summary>
/// B[K, N] packed for the micro-kernels: per k-block, per panel of <see cref="MicroKernels.PanelColumns"/> columns, [k][column].
/// The last panel is as many whole vectors wide as its columns need, filled up with zeros.
/// </summary>
internal readonly unsafe struct PackedPanels(float* data, int k, int n, MicroKernels kernels)
{
    public readonly KBlocks Blocks = new(k);

    /// <summary>Number of panels.</summary>
    public int Count => (n + kernels.PanelColumns - 1) / kernels.PanelColumns;

    /// <summary>Columns of a full panel.</summary>
    public int PanelColumns => kernels.PanelColumns;

    /// <summary>Floats per vector.</summary>
    public int VectorWidth => kernels.Width;

    /// <summary>Floats that the packed form takes.</summary>
    public static long Size(int k, int n, MicroKernels kernels) => (long)k * PaddedColumns(n, kernels);

    public static int PaddedColumns(int n, MicroKernels kernels) => (n + kernels.Width - 1) / kernels.Width * kernels.Width;

    /// <summary>Columns of B in a panel.</summary>
    public int Columns(int panel) => Math.Min(kernels.PanelColumns, n - panel * kernels.PanelColumns);

    /// <summary>Vectors that a panel is wide.</summary>
    public int Vectors(int panel) => (Columns(panel) + kernels.Width - 1) / kernels.Width;

    /// <summary>First float of a panel of a k-block.</summary>
    public float* At(int block, int panel) =>
        data + (long)Blocks.Start(block) * PaddedColumns(n, kernels) + (long)panel * kernels.PanelColumns * Blocks.Length(block);

    /// <summary>The same matrix with one panel at a place of its own; only this panel may be used.</summary>
    public PackedPanels WithPanelAt(float* place, int block, int panel) => new(place - (At(block, panel) - data), k, n, kernels);

    /// <summary>Packs one panel of one k-block from row-major B[K, N].</summary>
    public void PackBlock(float* b, nint ldb, int block, int panel)
    {
        int k0 = Blocks.Start(block);
        PackRows(b + k0 * ldb + panel * kernels.PanelColumns, ldb, Blocks.Length(block), Columns(panel), Vectors(panel) * kernels.Width, At(block, panel));
    }

    /// <summary>Packs one panel of one k-block from B stored transposed, [N, K].</summary>
    public void PackBlockTransposed(float* b, nint ldb, int block, int panel)
    {
        int k0 = Blocks.Start(block);
        PackTransposed(b + (long)panel * kernels.PanelColumns * ldb + k0, ldb, Blocks.Length(block), Columns(panel), Vectors(panel) * kernels.Width, At(block, panel));
    }

    /// <summary>One panel from rows of memory: target[k][0 .. width-1] = source row k, then zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackRows(float* source, nint stride, int kc, int columns, int width, float* target)
    {
        for (int i = 0; i < kc; i++, source += stride, target += width)
        {
            VectorCopy.Copy(target, source, columns);
            for (int j = columns; j < width; j++) target[j] = 0;
        }
    }

    /// <summary>One panel from columns of memory: target[k][j] = source[j * stride + k].</summary>
    public static void PackTransposed(float* source, nint stride, int kc, int columns, int width, float* target)
    {
        Transpose.Copy(source, stride, columns, kc, target, width);
        for (int j = columns; j < width; j++)
        {
            for (int i = 0; i < kc; i++) target[(nint)i * width + j] = 0;
        }
    }
}
