using NativeEngine.Cuda.Kernels;
using NativeEngine.Cuda.Kernels.Checks;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cuda.Tests.Kernels;

/// <summary>The kernel sources, compiled natively, against the double-precision references; and the checks against wrong kernels.</summary>
public partial class HostKernelTests
{
    private HostKernelDevice? _device;

    [OneTimeSetUp]
    public void Compile()
    {
        if (Sources.FindTool("g++", "clang++") is { } compiler && OperatingSystem.IsLinux())
            _device = HostKernelDevice.Compile(compiler);
    }

    [OneTimeTearDown]
    public void Unload() => _device?.Dispose();

    private HostKernelDevice Device
    {
        get
        {
            if (_device is null)
                Sources.SkipOrFail("a host C++ compiler (g++)", "NE_REQUIRE_GXX");
            return _device!;
        }
    }

    private static IEnumerable<string> Families => KernelCatalogue.Families;

    [TestCaseSource(nameof(Families))]
    public void EveryKernelEqualsItsReference(string family)
    {
        var device = Device;
        using (Assert.EnterMultipleScope())
        {
            foreach (var check in KernelChecks.Select([family]))
            {
                var result = check.Run(device, KernelChecks.DefaultSeed);
                Assert.That(result.Failure, Is.Null);
                Assert.That(result.Cases, Is.GreaterThan(0), check.Name);
            }
        }
    }

    /// <summary>A check that a kernel full of zeros, or one that does nothing, or one that is slightly wrong would pass, proves nothing.</summary>
    [TestCaseSource(nameof(Families))]
    public void WrongKernelsFail(string family)
    {
        var device = Device;
        using (Assert.EnterMultipleScope())
        {
            foreach (var check in KernelChecks.Select([family]))
            {
                foreach (var fault in Enum.GetValues<KernelFault>())
                {
                    if (fault == KernelFault.SlightlyOff && !WritesFloats(check.Kernel) || fault == KernelFault.ChangesInput && !ReadsMemory(check.Kernel))
                        continue;
                    var result = check.Run(new FaultyRun(device, KernelChecks.DefaultSeed, check.Kernel, fault));
                    Assert.That(result.Passed, Is.False, $"{check.Name} passes with a kernel that is {fault}");
                }
            }
        }
    }

    /// <summary>Two translations of the same text, by clang to PTX and by the host compiler to machine code, agree bit for bit.</summary>
    [TestCaseSource(nameof(Families))]
    public void PtxOnTheSoftwareGpuEqualsTheHostCodeBitForBit(string family)
    {
        var host = Device;
        using var soft = new SoftKernelDevice();
        long compared = 0;
        using (Assert.EnterMultipleScope())
        {
            foreach (ulong seed in (ulong[])[KernelChecks.DefaultSeed, 7])
            {
                foreach (var check in KernelChecks.Select([family]))
                {
                    var run = new DifferentialRun(soft, host, seed);
                    Assert.That(check.Run(run).Failure, Is.Null);
                    compared += run.Compared;
                }
            }
        }

        TestContext.Out.WriteLine($"{family}: {compared} words compared, seeds {KernelChecks.DefaultSeed} and 7");
        Assert.That(compared, Is.GreaterThan(0));
    }

    // An optimizer step writes its floats through a table of slots.
    private static bool WritesFloats(Kernel kernel) => kernel.Parameters.Any(p => p.TypeName is "f32*" or "f64*" or "const ne_slot*");

    private static bool ReadsMemory(Kernel kernel) => kernel.Parameters.Any(p => p.TypeName.StartsWith("const", StringComparison.Ordinal));
}
