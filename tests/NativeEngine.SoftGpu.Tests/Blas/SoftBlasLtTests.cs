using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Tests.Blas;

[TestFixture]
public unsafe class SoftBlasLtTests
{
    [TestCase(CublasLtEpilogue.Default, new float[] { -1, 2, 3, -4 })]
    [TestCase(CublasLtEpilogue.Relu, new float[] { 0, 2, 3, 0 })]
    [TestCase(CublasLtEpilogue.Bias, new float[] { 9, 22, 13, 16 })]
    [TestCase(CublasLtEpilogue.ReluBias, new float[] { 9, 22, 13, 16 })]
    public void Epilogues_follow_the_product(CublasLtEpilogue epilogue, float[] expected)
    {
        using var rig = new BlasRig();
        var call = new Call(rig) { Epilogue = epilogue, Bias = rig.Array(10, 20) };
        ulong d = rig.Array(new float[4]);
        Assert.That(call.Run(rig.Array(1, 0, 0, 1), rig.Array(-1, 2, 3, -4), d), Is.EqualTo(CublasStatus.Success));
        Assert.That(rig.Read(d, 4), Is.EqualTo(expected), "the bias runs along the rows");
        Assert.That(rig.Gpu.Findings, Is.Empty);
    }

    [Test]
    public void A_bias_lies_on_sixteen_bytes()
    {
        using var rig = new BlasRig();
        var call = new Call(rig) { Epilogue = CublasLtEpilogue.Bias, Bias = rig.Array(1, 2, 3, 4) + sizeof(float) };
        Assert.That(call.Run(rig.Array(1, 2, 3, 4), rig.Array(1, 2, 3, 4), rig.Array(0, 0, 0, 0)), Is.EqualTo(CublasStatus.InvalidValue));
        Assert.That(rig.Gpu.Findings.Single().Message, Does.Contain("bias at").And.Contain("not aligned to 16"));
    }

    [Test]
    public void A_bias_epilogue_needs_a_bias() => Refused(CublasStatus.InvalidValue, static call => call.Epilogue = CublasLtEpilogue.Bias);

    [Test]
    public void Layouts_must_form_a_product() => Refused(CublasStatus.InvalidValue, static call => call.RowsB = 3);

    [Test]
    public void Half_precision_layouts_are_refused() => Refused(CublasStatus.NotSupported, static call => call.Type = CudaType.Float16);

    [Test]
    public void An_algorithm_of_another_problem_is_refused() => Refused(CublasStatus.InvalidValue, static call => call.BreakAlgo = true);

    [Test]
    public void Pointers_less_aligned_than_the_algorithm_was_asked_for_are_refused() => Refused(CublasStatus.NotSupported, static call => call.Offset = 4);

    [Test]
    public void A_workspace_smaller_than_the_algorithm_needs_is_refused()
    {
        using var rig = new BlasRig();
        const int k = 1024;
        var call = new Call(rig) { K = k, MaxWorkspace = 4 << 20, GivenWorkspace = 16 };
        Assert.That(call.Run(rig.Array(new float[2 * k]), rig.Array(new float[2 * k]), rig.Array(new float[4])), Is.EqualTo(CublasStatus.InvalidValue));
        Assert.That(rig.Gpu.Findings.Single().Message, Does.Contain("workspace of 16 bytes"));
    }

    [Test]
    public void Attributes_of_the_wrong_size_or_kind_are_refused()
    {
        using var rig = new BlasRig();
        nint desc;
        long value = 0;
        Assert.That(rig.Lt.cublasLtMatmulDescCreate(&desc, CublasCompute.Float32, CudaType.Float64), Is.EqualTo(CublasStatus.NotSupported));
        rig.Lt.cublasLtMatmulDescCreate(&desc, CublasCompute.Float32, CudaType.Float32);
        Assert.That(rig.Lt.cublasLtMatmulDescSetAttribute(desc, CublasLtDescAttribute.TransA, &value, 8), Is.EqualTo(CublasStatus.InvalidValue));
        int epilogue = 32;
        Assert.That(rig.Lt.cublasLtMatmulDescSetAttribute(desc, CublasLtDescAttribute.Epilogue, &epilogue, 4), Is.EqualTo(CublasStatus.NotSupported));
        rig.Lt.cublasLtMatmulDescDestroy(desc);
        Assert.That(rig.Lt.cublasLtMatmulDescDestroy(desc), Is.EqualTo(CublasStatus.InvalidValue));
    }

    private static void Refused(CublasStatus status, Action<Call> spoil)
    {
        using var rig = new BlasRig();
        var call = new Call(rig);
        spoil(call);
        ulong d = rig.Array(9, 9, 9, 9, 9);
        Assert.That(call.Run(rig.Array(1, 0, 0, 1, 0), rig.Array(1, 2, 3, 4, 5, 6), d), Is.EqualTo(status));
        Assert.That(rig.Gpu.Findings.Select(f => f.Rule), Is.All.EqualTo("api-misuse").And.Not.Empty);
        Assert.That(rig.Read(d, 4), Is.All.EqualTo(9f));
    }

    /// <summary>D [2, 2] = A [2, k] B [k, 2] with an algorithm from the heuristic.</summary>
    private sealed class Call(BlasRig rig)
    {
        public CublasLtEpilogue Epilogue { get; set; } = CublasLtEpilogue.Default;

        public ulong Bias { get; set; }

        public int K { get; set; } = 2;

        public int? RowsB { get; set; }

        public CudaType Type { get; set; }

        public bool BreakAlgo { get; set; }

        public ulong Offset { get; set; }

        public long MaxWorkspace { get; set; }

        public int GivenWorkspace { get; set; }

        public CublasStatus Run(ulong a, ulong b, ulong d)
        {
            ref readonly var lt = ref rig.Lt;
            nint desc, la, lb, ld, preference;
            lt.cublasLtMatmulDescCreate(&desc, CublasCompute.Float32, CudaType.Float32);
            var (epilogue, bias) = (Epilogue, Bias);
            lt.cublasLtMatmulDescSetAttribute(desc, CublasLtDescAttribute.Epilogue, &epilogue, 4);
            lt.cublasLtMatmulDescSetAttribute(desc, CublasLtDescAttribute.BiasPointer, &bias, 8);
            lt.cublasLtMatrixLayoutCreate(&la, Type, 2, (ulong)K, 2);
            lt.cublasLtMatrixLayoutCreate(&lb, Type, (ulong)(RowsB ?? K), 2, RowsB ?? K);
            lt.cublasLtMatrixLayoutCreate(&ld, Type, 2, 2, 2);
            lt.cublasLtMatmulPreferenceCreate(&preference);
            nuint most = (nuint)MaxWorkspace;
            lt.cublasLtMatmulPreferenceSetAttribute(preference, CublasLtPreferenceAttribute.MaxWorkspaceBytes, &most, 8);
            CublasLtHeuristicResult result;
            int found = 0;
            var status = lt.cublasLtMatmulAlgoGetHeuristic(rig.LtHandle, desc, la, lb, ld, ld, preference, 1, &result, &found);
            if (status != CublasStatus.Success)
                return status;
            Assert.That(found, Is.EqualTo(1));
            if (BreakAlgo)
                result.Algo.Data[2]++;
            float one = 1, zero = 0;
            ulong workspace = rig.Array(new float[4]);
            status = lt.cublasLtMatmul(rig.LtHandle, desc, &one, a + Offset, la, b, lb, &zero, d, ld, d, ld, &result.Algo, workspace, (nuint)GivenWorkspace, 0);
            foreach (nint layout in new[] { la, lb, ld })
                lt.cublasLtMatrixLayoutDestroy(layout);
            lt.cublasLtMatmulPreferenceDestroy(preference);
            lt.cublasLtMatmulDescDestroy(desc);
            return status;
        }
    }
}
