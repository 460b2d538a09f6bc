using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Gemm;

/// <summary>
/// B[K, N] packed for the micro-kernels: per k-block, per panel of <see cref="MicroKernels.PanelColumns"/> columns, [k][column].
/// The last panel is as many whole vectors wide as its columns need, filled up with zeros.
/// </summary>
internal readonly unsafe struct PackedPanels(float* data, int k, int n, MicroKernels kernels, KernelFamily family)
{
    public readonly KBlocks Blocks = new(k, family == KernelFamily.LongRows ? MicroKernels.MaxLongKc : MicroKernels.MaxKc);

    /// <summary>
    /// Panels in blocks of k as a product of this depth wants them: one or two short blocks, or long ones. Two short blocks instead of one long
    /// one cost a second pass over C and halve the run in which roundings add up.
    /// </summary>
    public PackedPanels(float* data, int k, int n, MicroKernels kernels)
        : this(data, k, n, kernels, k <= MicroKernels.MaxLongKc ? KernelFamily.RowGathered : KernelFamily.LongRows)
    {
    }

    /// <summary>The kernels that read these panels, which also say how the rows of A are packed.</summary>
    public KernelFamily Family => family;

    /// <summary>Distance of the packed rows of A.</summary>
    public int RowStride => MicroKernels.RowStep(family);

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
    public PackedPanels WithPanelAt(float* place, int block, int panel) => new(place - (At(block, panel) - data), k, n, kernels, family);

    /// <summary>Packs panels of one k-block from row-major B[K, N]: row by row through all of them, so that memory is read in long runs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void PackBlock(float* b, nint ldb, int block, int firstPanel, int endPanel)
    {
        int kc = Blocks.Length(block), whole = Math.Min(endPanel, n / PanelColumns), columns = PanelColumns;
        float* source = b + Blocks.Start(block) * ldb + firstPanel * columns;
        float* row = At(block, firstPanel);
        nint panelStride = (nint)kc * columns;
        for (int i = 0; i < kc; i++, source += ldb, row += columns)
        {
            float* target = row;
            float* from = source;
            for (int panel = firstPanel; panel < whole; panel++, target += panelStride, from += columns) VectorCopy.Copy(target, from, columns);
        }
        for (int panel = Math.Max(firstPanel, whole); panel < endPanel; panel++)
        {
            PackRows(b + Blocks.Start(block) * ldb + panel * columns, ldb, kc, Columns(panel), Vectors(panel) * kernels.Width, At(block, panel));
        }
    }

    /// <summary>Packs panels of one k-block from B stored transposed, [N, K].</summary>
    public void PackBlockTransposed(float* b, nint ldb, int block, int firstPanel, int endPanel)
    {
        int k0 = Blocks.Start(block);
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            PackTransposed(b + (long)panel * kernels.PanelColumns * ldb + k0, ldb, Blocks.Length(block), Columns(panel), Vectors(panel) * kernels.Width,
                At(block, panel));
        }
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
