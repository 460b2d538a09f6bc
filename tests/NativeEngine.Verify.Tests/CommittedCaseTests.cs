using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine.Verify.Tests;

/// <summary>PyTorch's numbers against the CPU backend, and against the reference, which is exact where the CPU rounds.</summary>
public sealed class CommittedCaseTests
{
    private static IEnumerable<TestCaseData> Cases => CaseFiles.All.Select(f => new TestCaseData(f).SetArgDisplayNames(Path.GetFileNameWithoutExtension(f)));

    private static IEnumerable<TestCaseData> WithoutModels => CaseFiles.All.Where(f => !f.Contains("model", StringComparison.Ordinal))
        .Select(f => new TestCaseData(f).SetArgDisplayNames(Path.GetFileNameWithoutExtension(f)));

    [TestCaseSource(nameof(Cases))]
    public void Cpu_equals_pytorch(string file)
    {
        using var engine = new Engine(new CpuBackend(new CpuOptions { Threads = 2 })) { PoisonNewTensors = true };
        Assert.That(CaseReplay.Run(engine, ReferenceCase.Load(file)).ToString(), Does.StartWith("pass "));
    }

    [TestCaseSource(nameof(WithoutModels))]
    public void Reference_equals_pytorch(string file)
    {
        using var engine = new Engine(new ReferenceBackend());
        Assert.That(CaseReplay.Run(engine, ReferenceCase.Load(file)).ToString(), Does.StartWith("pass "));
    }

    [Test]
    public void Every_kind_is_there_and_the_set_stays_small()
    {
        Assert.That(CaseFiles.All.Select(f => ReferenceCase.Load(f).Kind).Distinct().Order(),
            Is.EqualTo(new[] { "image", "loss", "model", "op", "optimizer", "schedule" }));
        Assert.That(CaseFiles.All.Sum(f => new FileInfo(f).Length), Is.LessThan(8_000_000));
    }
}
