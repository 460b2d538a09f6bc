using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.SoftGpu.Tests.Blas;

[TestFixture]
public unsafe class SoftBlasTests
{
    [Test]
    public void Products_are_right_for_every_transposition_scale_and_leading_dimension([Values] bool transA, [Values] bool transB,
        [Values(1f, -0.5f)] float alpha, [Values(0f, 1f, 2f)] float beta)
    {
        using var rig = new BlasRig();
        const int m = 3, n = 4, k = 5, pad = 2;
        var random = new Random(17);
        int lda = (transA ? k : m) + pad, ldb = (transB ? n : k) + pad, ldc = m + pad;
        float[] a = Values(lda * (transA ? m : k)), b = Values(ldb * (transB ? k : n)), c = Values(ldc * n);
        ulong pa = rig.Array(a), pb = rig.Array(b), pc = rig.Array(c);
        var status = rig.Gemm(pa, pb, pc, m, n, k, lda, ldb, ldc, transA ? CublasOp.Transpose : CublasOp.None, transB ? CublasOp.Transpose : CublasOp.None,
            alpha, beta);
        Assert.That(status, Is.EqualTo(CublasStatus.Success));
        var got = rig.Read(pc, c.Length);
        for (int j = 0; j < n; j++)
            for (int i = 0; i < ldc; i++)
            {
                double sum = 0;
                for (int p = 0; p < k; p++)
                    sum += (i < m ? transA ? a[i * lda + p] : a[p * lda + i] : 0) * (transB ? b[p * ldb + j] : b[j * ldb + p]);
                double expected = i < m ? alpha * sum + beta * c[j * ldc + i] : c[j * ldc + i];
                Assert.That(got[j * ldc + i], Is.EqualTo(expected).Within(1e-5), $"[{i}, {j}]");
            }
        Assert.That(rig.Gpu.Findings, Is.Empty);

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    [Test]
    public void Beta_zero_never_reads_the_result()
    {
        using var rig = new BlasRig();
        ulong c = rig.Array(float.NaN, float.NaN, float.NaN, float.NaN);
        rig.Gemm(rig.Array(1, 0, 0, 1), rig.Array(1, 2, 3, 4), c);
        Assert.That(rig.Read(c, 4), Is.EqualTo(new float[] { 1, 2, 3, 4 }));
    }

    [Test]
    public void An_empty_sum_scales_the_result()
    {
        using var rig = new BlasRig();
        ulong c = rig.Array(1, 2, 3, 4);
        Assert.That(rig.Gemm(0, 0, c, k: 0, lda: 2, ldb: 1, beta: 3), Is.EqualTo(CublasStatus.Success));
        Assert.That(rig.Read(c, 4), Is.EqualTo(new float[] { 3, 6, 9, 12 }));
    }

    [Test]
    public void Batches_step_by_their_strides_and_may_repeat_an_operand()
    {
        using var rig = new BlasRig();
        ulong a = rig.Array(1, 0, 0, 1), b = rig.Array(1, 2, 3, 4, 5, 6, 7, 8), c = rig.Array(new float[8]);
        float one = 1, zero = 0;
        Assert.That(Batched(rig, a, b, c, 4, &one, &zero), Is.EqualTo(CublasStatus.Success));
        Assert.That(rig.Read(c, 8), Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6, 7, 8 }));
        Assert.That(Batched(rig, a, b, c, 3, &one, &zero), Is.EqualTo(CublasStatus.InvalidValue), "results overlap");
    }

    [TestCase(-1, 2, 2, TestName = "negative m")]
    [TestCase(2, -1, 2, TestName = "negative n")]
    [TestCase(2, 2, -1, TestName = "negative k")]
    public void Sizes_are_checked(int m, int n, int k) =>
        Refused(CublasStatus.InvalidValue, (rig, a, b, c) => rig.Gemm(a, b, c, m, n, k, lda: 2, ldb: 2, ldc: 2));

    [TestCase(1, 2, 2, TestName = "lda too small")]
    [TestCase(2, 1, 2, TestName = "ldb too small")]
    [TestCase(2, 2, 1, TestName = "ldc too small")]
    public void Leading_dimensions_are_checked(int lda, int ldb, int ldc) =>
        Refused(CublasStatus.InvalidValue, (rig, a, b, c) => rig.Gemm(a, b, c, lda: lda, ldb: ldb, ldc: ldc));

    [Test]
    public void Null_pointers_are_refused([Range(0, 2)] int which) =>
        Refused(CublasStatus.InvalidValue, (rig, a, b, c) => rig.Gemm(which == 0 ? 0 : a, which == 1 ? 0 : b, which == 2 ? 0 : c));

    [Test]
    public void Misaligned_pointers_are_refused([Range(0, 2)] int which) =>
        Refused(CublasStatus.InvalidValue, (rig, a, b, c) => rig.Gemm(which == 0 ? a + 2 : a, which == 1 ? b + 2 : b, which == 2 ? c + 2 : c));

    [Test]
    public void A_result_over_an_operand_is_refused() => Refused(CublasStatus.InvalidValue, static (rig, a, b, _) => rig.Gemm(a, b, a + 4));

    [Test]
    public void Null_scales_are_refused() => Refused(CublasStatus.InvalidValue, static (rig, a, b, c) =>
        rig.Blas.cublasGemmEx(rig.Handle, 0, 0, 2, 2, 2, null, a, 0, 2, b, 0, 2, null, c, 0, 2, CublasCompute.Float32, CublasGemmAlgo.Default));

    [Test]
    public void Operations_and_algorithms_are_checked()
    {
        Refused(CublasStatus.InvalidValue, static (rig, a, b, c) => rig.Gemm(a, b, c, opA: (CublasOp)9));
        Refused(CublasStatus.InvalidValue, static (rig, a, b, c) => rig.Gemm(a, b, c, algo: 50));
    }

    [Test]
    public void Types_that_do_not_go_together_are_refused()
    {
        Refused(CublasStatus.NotSupported, static (rig, a, b, c) => rig.Gemm(a, b, c, type: CudaType.Float16));
        Refused(CublasStatus.NotSupported, static (rig, a, b, c) => rig.Gemm(a, b, c, compute: CublasCompute.Float64));
    }

    [Test]
    public void Handles_are_checked()
    {
        Refused(CublasStatus.InvalidValue, static (rig, a, b, c) => rig.Blas.cublasSetStream(12345, 0));
        Refused(CublasStatus.InvalidValue, static (rig, a, b, c) => rig.Blas.cublasSetMathMode(rig.Handle, (CublasMath)7));
        Refused(CublasStatus.InvalidValue, static (rig, a, b, c) => rig.Blas.cublasSetPointerMode(rig.Handle, (CublasPointerMode)7));
        Refused(CublasStatus.ExecutionFailed, static (rig, a, b, c) => rig.Blas.cublasSetStream(rig.Handle, 12345));
        Refused(CublasStatus.InvalidValue, static (rig, a, b, c) =>
        {
            rig.Blas.cublasDestroy(rig.Handle);
            return rig.Gemm(a, b, c);
        });
    }

    [Test]
    public void A_handle_of_another_context_is_refused()
    {
        using var other = new BlasRig();
        using var rig = new BlasRig();
        ulong a = rig.Array(1, 0, 0, 1), b = rig.Array(1, 2, 3, 4), c = rig.Array(0, 0, 0, 0);
        float one = 1, zero = 0;
        Assert.That(rig.Blas.cublasGemmEx(other.Handle, 0, 0, 2, 2, 2, &one, a, 0, 2, b, 0, 2, &zero, c, 0, 2, CublasCompute.Float32, CublasGemmAlgo.Default),
            Is.EqualTo(CublasStatus.InvalidValue));
        Assert.That(rig.Gpu.Findings.Single().Message, Does.Contain("another context"));
    }

    [Test]
    public void Workspaces_are_checked()
    {
        Refused(CublasStatus.InvalidValue, static (rig, a, b, c) => rig.Blas.cublasSetWorkspace(rig.Handle, a + 4, 64));
        Refused(CublasStatus.InvalidValue, static (rig, a, b, c) => rig.Blas.cublasSetWorkspace(rig.Handle, 1 << 20, 64));
    }

    [Test]
    public void Reading_past_an_allocation_breaks_the_context()
    {
        using var rig = new BlasRig();
        ulong a = rig.Array(1, 2), b = rig.Array(1, 2, 3, 4), c = rig.Array(0, 0, 0, 0);
        Assert.That(rig.Gemm(a, b, c), Is.EqualTo(CublasStatus.Success), "nobody notices when the call is made");
        Assert.That(rig.Driver.cuCtxSynchronize(), Is.EqualTo(CuResult.IllegalAddress));
        Assert.That(rig.Gemm(a, b, c), Is.EqualTo(CublasStatus.ExecutionFailed));
        Assert.That(rig.Gpu.Findings.Single().Message, Does.Contain("past an allocation"));
    }

    [Test]
    public void Inputs_nobody_wrote_are_found()
    {
        using var rig = new BlasRig(new SoftGpuOptions { Sanitize = true });
        ulong a = rig.Array(1, 0, 0, 1), c = rig.Array(0, 0, 0, 0), b;
        rig.Driver.cuMemAlloc(&b, 16);
        rig.Gemm(a, b, c);
        rig.Driver.cuCtxSynchronize();
        Assert.That(rig.Gpu.Findings.Select(f => f.Rule), Is.EqualTo(new[] { "uninitialized-read" }));
    }

    [Test]
    public void A_call_on_another_stream_races_without_an_event()
    {
        using var rig = new BlasRig();
        ulong a = rig.Array(1, 0, 0, 1), b = rig.Array(1, 2, 3, 4), c = rig.Array(0, 0, 0, 0);
        nint s1, s2;
        rig.Driver.cuStreamCreate(&s1, CuFlags.StreamNonBlocking);
        rig.Driver.cuStreamCreate(&s2, CuFlags.StreamNonBlocking);
        rig.Blas.cublasSetStream(rig.Handle, s1);
        rig.Gemm(a, b, c);
        rig.Blas.cublasSetStream(rig.Handle, s2);
        rig.Gemm(c, b, a);
        rig.Driver.cuCtxSynchronize();
        Assert.That(rig.Gpu.Findings.Select(f => f.Rule), Has.All.EqualTo("stream-race").And.Not.Empty);
    }

    [Test]
    public void Capturing_without_a_workspace_is_a_finding()
    {
        using var rig = new BlasRig();
        ulong a = rig.Array(1, 0, 0, 1), b = rig.Array(1, 2, 3, 4), c = rig.Array(0, 0, 0, 0);
        nint stream, graph;
        rig.Driver.cuStreamCreate(&stream, CuFlags.StreamNonBlocking);
        rig.Blas.cublasSetStream(rig.Handle, stream);
        rig.Driver.cuStreamBeginCapture(stream, CuCaptureMode.Global);
        rig.Gemm(a, b, c);
        rig.Driver.cuStreamEndCapture(stream, &graph);
        Assert.That(rig.Gpu.Findings.Single().Rule, Is.EqualTo("capture-workspace"));
    }

    [Test]
    public void Tf32_rounds_inputs_only_where_it_is_allowed()
    {
        using var rig = new BlasRig();
        float fine = 1 + MathF.Pow(2, -13); // lost in ten bits
        ulong a = rig.Array(fine, 0, 0, 1), b = rig.Array(1, 0, 0, 1), c = rig.Array(0, 0, 0, 0);
        rig.Gemm(a, b, c);
        Assert.That(rig.Read(c, 1)[0], Is.EqualTo(fine));
        rig.Gemm(a, b, c, compute: CublasCompute.Float32FastTf32);
        Assert.That(rig.Read(c, 1)[0], Is.EqualTo(1));
        rig.Blas.cublasSetMathMode(rig.Handle, CublasMath.Pedantic);
        rig.Gemm(a, b, c, compute: CublasCompute.Float32FastTf32);
        Assert.That(rig.Read(c, 1)[0], Is.EqualTo(fine));
    }

    [Test]
    public void Scales_are_read_from_the_device_in_device_mode()
    {
        using var rig = new BlasRig();
        ulong a = rig.Array(1, 0, 0, 1), b = rig.Array(1, 2, 3, 4), c = rig.Array(10, 10, 10, 10), scales = rig.Array(2, 0.5f);
        rig.Blas.cublasSetPointerMode(rig.Handle, CublasPointerMode.Device);
        var status = rig.Blas.cublasGemmEx(rig.Handle, 0, 0, 2, 2, 2, (void*)scales, a, 0, 2, b, 0, 2, (void*)(scales + 4), c, 0, 2, CublasCompute.Float32,
            CublasGemmAlgo.Default);
        Assert.That(status, Is.EqualTo(CublasStatus.Success));
        Assert.That(rig.Read(c, 4), Is.EqualTo(new float[] { 7, 9, 11, 13 }));
    }

    [Test]
    public void Every_field_of_the_library_tables_is_filled()
    {
        var tables = SoftDevice.Tables;
        foreach (var row in NativeTable.Rows<CublasApi>())
            Assert.That(NativeTable.Address(tables.Blas, row.Index), Is.Not.Zero, row.Field);
        foreach (var row in NativeTable.Rows<CublasLtApi>())
            Assert.That(NativeTable.Address(tables.BlasLt, row.Index), Is.Not.Zero, row.Field);
        foreach (var row in NativeTable.Rows<CudnnApi>())
            Assert.That(NativeTable.Address(tables.Dnn, row.Index), Is.Not.Zero, row.Field);
    }

    private static CublasStatus Batched(BlasRig rig, ulong a, ulong b, ulong c, long stride, float* one, float* zero) =>
        rig.Blas.cublasGemmStridedBatchedEx(rig.Handle, 0, 0, 2, 2, 2, one, a, 0, 2, 0, b, 0, 2, 4, zero, c, 0, 2, stride, 2, CublasCompute.Float32,
            CublasGemmAlgo.Default);

    /// <summary>The call is refused with this status and noted as misuse, and nothing ran.</summary>
    private static void Refused(CublasStatus status, Func<BlasRig, ulong, ulong, ulong, CublasStatus> call)
    {
        using var rig = new BlasRig();
        ulong a = rig.Array(1, 0, 0, 1), b = rig.Array(1, 2, 3, 4), c = rig.Array(9, 9, 9, 9);
        Assert.That(call(rig, a, b, c), Is.EqualTo(status));
        Assert.That(rig.Gpu.Findings.Select(f => f.Rule), Is.EqualTo(new[] { "api-misuse" }));
        Assert.That(rig.Read(c, 4), Is.All.EqualTo(9f));
    }
}
