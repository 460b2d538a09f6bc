using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Norm;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Gemm;

/// <summary>Matrix products: picks the kernel family, packs B, cuts the work into chunks.</summary>
internal static unsafe class GemmDriver
{
    /// <summary>Products of a batch below this size are computed whole, one per thread at a time.</summary>
    private const long SmallProductFlops = 16_000_000;
    private const int ScratchB = 2;

    /// <summary>Runs the product with the widest vectors.</summary>
    public static void Multiply(CpuContext context, in GemmArguments g) => Multiply(context, g, MicroKernels.Instance);

    /// <summary>Runs the product with given kernels (tests try each level that the machine has).</summary>
    public static void Multiply(CpuContext context, in GemmArguments g, MicroKernels kernels)
    {
        if (g.M == 0 || g.N == 0 || g.Batch == 0) return;
        if (g.K == 0)
        {
            EmptySum(g);
            return;
        }
        if (g.Batch > 1 && 2L * g.M * g.N * g.K < SmallProductFlops)
        {
            context.Pool.Run(g.Batch, new WholeProducts(context, kernels, g));
            return;
        }
        for (int item = 0; item < g.Batch; item++) MultiplyOne(context, kernels, Item(g, item));
    }

    private static void MultiplyOne(CpuContext context, MicroKernels kernels, in GemmArguments g)
    {
        if (g.TransposeA)
        {
            KMajor(context, kernels, new MatrixRows(g.A, g.Lda, false), new MatrixRows(g.B, g.Ldb, g.TransposeB), g.C, g.Ldc, g.M, g.N, g.K, g.Accumulate);
            if (!g.Epilogue.IsEmpty) g.Epilogue.Apply(g.C, g.Ldc, 0, 0, g.M, g.N);
            return;
        }
        var source = new MatrixRows(g.A, g.Lda, false);
        var right = new MatrixPanels(g.B, g.Ldb, g.TransposeB);
        var target = new MatrixTarget(g.C, g.Ldc);
        if (FewRowsProduct<MatrixRows, MatrixPanels>.Fits(kernels, g.M, g.N, g.K))
        {
            var product = new FewRowsProduct<MatrixRows, MatrixPanels>(context, kernels, source, right, target, g.M, g.N, g.K, g.Accumulate, g.Epilogue);
            context.Pool.Run(product.Chunks, product);
            return;
        }
        Rows(context, kernels, source, right, target, g.M, g.N, g.K, g.Accumulate, g.Epilogue);
    }

    /// <summary>C (+)= A * B for any source of rows of A, source of panels of B, and target of the rows of C.</summary>
    public static void Rows<TSource, TPanels,
        TTarget>(CpuContext context, MicroKernels kernels, TSource source, TPanels right, TTarget target, int m, int n, int k, bool accumulate,
            Epilogue epilogue)
        where TSource : struct, IRowSource
        where TPanels : struct, IPanelSource
        where TTarget : struct, IRowTarget
    {
        NativeBlock packed = context.Memory.Rent(PackedPanels.Size(k, n, kernels) * sizeof(float)), moments = default;
        try
        {
            var panels = new PackedPanels(packed.Floats, k, n, kernels);
            var packing = new PackBody<TPanels>(right, panels, (long)k * n);
            context.Pool.Run(packing.Chunks, packing);
            var product = new RowProduct<TSource, TTarget>(context, kernels, source, panels, target, m, n, k, accumulate, epilogue);
            moments = MomentSlots.Rent(context, epilogue.Moments, product.RowParts, n);
            var slots = MomentSlots.In(moments, product.RowParts, n);
            context.Pool.Run(product.Chunks, product.With(slots));
            slots.Publish(epilogue.Moments);
        }
        finally
        {
            context.Memory.Return(moments);
            context.Memory.Return(packed);
        }
    }

    /// <summary>C (+)= A^T * B with A and B given as K rows each.</summary>
    public static void KMajor<TLeft,
        TRight>(CpuContext context, MicroKernels kernels, TLeft left, TRight right, float* c, nint ldc, int m, int n, int k, bool accumulate)
        where TLeft : struct, IRowSource
        where TRight : struct, IRowSource
    {
        KMajorGrid grid = KMajorGrid.For(m, n, k);
        NativeBlock partial = context.Memory.Rent(grid.PartialSize(m, n) * sizeof(float));
        try
        {
            context.Pool.Run(grid.Chunks, new KMajorProduct<TLeft, TRight>(context, kernels, left, right, c, ldc, m, n, k, accumulate, grid, partial.Floats));
            if (grid.Splits == 1) return;
            var sum = new SplitSum(partial.Floats, grid.Splits - 1, m, n, c, ldc);
            context.Pool.Run(sum.Chunks, sum);
        }
        finally
        {
            context.Memory.Return(partial);
        }
    }

    private static GemmArguments Item(in GemmArguments g, int item)
    {
        GemmArguments one = g;
        one.Batch = 1;
        one.A += item * g.BatchStrideA;
        one.B += item * g.BatchStrideB;
        one.C += item * g.BatchStrideC;
        if (one.Epilogue.Residual != null) one.Epilogue.Residual += item * g.BatchStrideC;
        return one;
    }

    private static void EmptySum(in GemmArguments g)
    {
        for (int item = 0; item < g.Batch; item++)
        {
            GemmArguments one = Item(g, item);
            if (!g.Accumulate)
            {
                for (int row = 0; row < g.M; row++) VectorCopy.Zero(one.C + row * g.Ldc, g.N);
            }
            if (!g.Epilogue.IsEmpty) one.Epilogue.Apply(one.C, g.Ldc, 0, 0, g.M, g.N);
        }
    }

    /// <summary>Packs B; one chunk is a range of (group of panels, k-block) pairs, so that a worker packs columns that lie together.</summary>
    private readonly struct PackBody<TPanels>(TPanels source, PackedPanels panels, long floats) : IChunkBody where TPanels : struct, IPanelSource
    {
        private const int GroupPanels = 8, LeastFloats = 16384;

        private readonly int _groups = (panels.Count + GroupPanels - 1) / GroupPanels;

        private Partition Pairs => Partition.Of((long)_groups * panels.Blocks.Count,
            Math.Max(1, _groups * (long)panels.Blocks.Count * LeastFloats / Math.Max(1, floats)));

        public int Chunks => Pairs.Chunks;

        public void Invoke(int chunk, int worker)
        {
            Partition pairs = Pairs;
            long end = pairs.End(chunk);
            for (long pair = pairs.Start(chunk); pair < end; pair++)
            {
                int group = (int)(pair / panels.Blocks.Count), block = (int)(pair % panels.Blocks.Count);
                source.Pack(panels, block, (int)((long)panels.Count * group / _groups), (int)((long)panels.Count * (group + 1) / _groups));
            }
        }
    }

    /// <summary>Small products of a batch; one chunk is one whole product.</summary>
    private readonly struct WholeProducts(CpuContext context, MicroKernels kernels, GemmArguments g) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            GemmArguments one = Item(g, chunk);
            var source = new MatrixRows(one.A, one.Lda, false);
            if (one.TransposeA)
            {
                new KMajorProduct<MatrixRows, MatrixRows>(context, kernels, source, new MatrixRows(one.B, one.Ldb, one.TransposeB), one.C, one.Ldc, one.M,
                    one.N, one.K, one.Accumulate, KMajorGrid.Serial(one.M), null).RunAll(worker);
                if (!one.Epilogue.IsEmpty) one.Epilogue.Apply(one.C, one.Ldc, 0, 0, one.M, one.N);
                return;
            }
            float* packed = context.Scratch.Get(worker, ScratchB, PackedPanels.Size(one.K, one.N, kernels));
            var panels = new PackedPanels(packed, one.K, one.N, kernels);
            var right = new MatrixPanels(one.B, one.Ldb, one.TransposeB);
            for (int block = 0; block < panels.Blocks.Count; block++)
            {
                right.Pack(panels, block, 0, panels.Count);
            }
            new RowProduct<MatrixRows, MatrixTarget>(context, kernels, source, panels, new MatrixTarget(one.C, one.Ldc), one.M, one.N, one.K, one.Accumulate,
                one.Epilogue).RunAll(worker);
        }
    }
}
