using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Kernels.Checks;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cuda.Tests.Kernels;

/// <summary>The committed PTX on the software GPU against the double-precision references.</summary>
public class SoftKernelTests
{
    private static IEnumerable<string> Families => KernelCatalogue.Families;

    /// <summary>Without sanitizers: other code of the software GPU runs then, the one that programs run on.</summary>
    [TestCaseSource(nameof(Families))]
    public void EveryKernelEqualsItsReference(string family) => RunAll(family, LaunchOptions.Default, false);

    /// <summary>No kernel reads what nobody wrote, or races, whatever the order of blocks, warps and lanes.</summary>
    [TestCaseSource(nameof(Families))]
    public void EveryKernelIsCleanUnderTheSanitizersInAShuffledSchedule(string family) =>
        RunAll(family, LaunchOptions.Sanitized with { ScheduleSeed = KernelChecks.DefaultSeed }, true);

    private static void RunAll(string family, LaunchOptions options, bool trackInitialised)
    {
        using var device = new SoftKernelDevice(options, trackInitialised);
        TestContext.Out.WriteLine($"seed {KernelChecks.DefaultSeed}");
        using (Assert.EnterMultipleScope())
        {
            foreach (var check in KernelChecks.Select([family]))
                Assert.That(check.Run(device, KernelChecks.DefaultSeed).Failure, Is.Null);
        }
    }
}
