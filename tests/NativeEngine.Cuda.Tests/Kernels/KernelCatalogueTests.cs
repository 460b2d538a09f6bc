using NativeEngine.Cuda.Kernels;

namespace NativeEngine.Cuda.Tests.Kernels;

/// <summary>The catalogue against the PTX it describes.</summary>
public class KernelCatalogueTests
{
    private static IEnumerable<string> Families => KernelCatalogue.Families;

    [TestCaseSource(nameof(Families))]
    public void EveryEntryMatchesItsPtx(string family)
    {
        var entries = PtxEntryReader.Read(KernelModules.Text(family));
        var kernels = KernelCatalogue.All.Where(k => k.Family == family).ToDictionary(k => k.Entry);
        Assert.That(entries.Select(e => e.Name), Is.EquivalentTo(kernels.Keys), "entries of the module and of the catalogue");
        using (Assert.EnterMultipleScope())
        {
            foreach (var entry in entries)
            {
                var kernel = kernels[entry.Name];
                Assert.That(entry.Parameters, Is.EqualTo(kernel.Parameters.Select(p => p.PtxType)), $"parameters of {kernel}");
                Assert.That(entry.MaxThreads, Is.EqualTo(Kernel.MaxBlock), $"maxntid of {entry.Name}");
                Assert.That(entry.SharedBytes, Is.EqualTo(kernel.SharedBytes), $"shared memory of {entry.Name}");
                Assert.That(entry.Source, Does.StartWith($"kernels/{family}.cu:"), $"source of {entry.Name}");
            }
        }
    }

    [Test]
    public void ModulesAreForEveryDriverSinceCuda10()
    {
        foreach (string family in KernelCatalogue.Families)
        {
            string text = KernelModules.Text(family);
            Assert.That(text, Does.Contain(".version 6.3\n.target sm_70\n"), family);
            Assert.That(text, Does.Not.Contain(".approx"), $"{family}: results of approximate instructions differ between GPUs");
            Assert.That(text, Does.Not.Contain("atom."), $"{family}: atomics make the order of additions depend on timing");
            Assert.That(text, Does.Not.Contain("__local_depot"), $"{family}: a kernel keeps an array in local memory");
        }
    }

    [Test]
    public void SignatureReadsLikeTheSource()
    {
        Assert.That(ElementwiseKernels.Forward(Core.UnaryOp.Relu).ToString(), Is.EqualTo("relu_fwd_f32(const f32* x, f32* y, s64 n, f32 a, f32 b)"));
        Assert.That(ReduceKernels.Sum.ToString(), Is.EqualTo("reduce_sum_f32(const f32* x, f32* y, ne_walk kept, ne_walk reduced, ne_reduction r)"));
    }

    [Test]
    public unsafe void PackPointsAtEveryArgument()
    {
        var kernel = ElementwiseKernels.Backward(Core.UnaryOp.LeakyRelu);
        var arguments = new ElementwiseKernels.UnaryBackward(0x10, 0x20, 0x30, 40, 0.5f, 0.25f, 1);
        var pointers = new nint[kernel.Parameters.Count];
        kernel.Pack(&arguments, pointers);
        Assert.That(*(ulong*)pointers[2], Is.EqualTo(0x30));
        Assert.That(*(long*)pointers[3], Is.EqualTo(40));
        Assert.That(*(float*)pointers[5], Is.EqualTo(0.25f));
        Assert.That(*(int*)pointers[6], Is.EqualTo(1));
    }

    [Test]
    public void WalkJoinsDimensionsWithoutGaps()
    {
        var dense = KernelWalk.Create([2, 3, 1, 4], [12, 4, 4, 1], [12, 4, 4, 1]);
        Assert.That((dense.Rank, dense.Extent[0], dense.A[0], dense.B[0]), Is.EqualTo((1, 24u, 1L, 1L)));
        var broadcast = KernelWalk.Create([2, 3, 4], [12, 4, 1], [0, 0, 1]);
        Assert.That((broadcast.Rank, broadcast.Extent[0], broadcast.Extent[1], broadcast.B[0], broadcast.B[1]), Is.EqualTo((2, 6u, 4u, 0L, 1L)));
    }
}
