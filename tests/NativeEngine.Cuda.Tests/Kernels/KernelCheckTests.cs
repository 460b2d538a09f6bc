using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Kernels.Checks;

namespace NativeEngine.Cuda.Tests.Kernels;

/// <summary>The list of checks.</summary>
public class KernelCheckTests
{
    [Test]
    public void EveryKernelHasOneCheck() =>
        Assert.That(KernelChecks.All.Select(c => c.Kernel), Is.EquivalentTo(KernelCatalogue.All));

    [Test]
    public void SelectsByNamePrefixAndFamily()
    {
        Assert.That(KernelChecks.Select(["relu_fwd_f32"]).Select(c => c.Name), Is.EqualTo(new[] { "relu_fwd_f32" }));
        Assert.That(KernelChecks.Select(["gemm_*"]), Has.Count.EqualTo(4));
        Assert.That(KernelChecks.Select(["optim"]), Has.Count.EqualTo(12));
        Assert.That(() => KernelChecks.Select(["relu_fwd_f16"]), Throws.TypeOf<UsageException>().With.Message.Contains("relu_fwd_f16"));
    }
}
