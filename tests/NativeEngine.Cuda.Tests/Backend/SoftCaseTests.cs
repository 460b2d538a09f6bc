using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.SoftGpu.Driver;
using NativeEngine.Verify;

namespace NativeEngine.Cuda.Tests.Backend;

/// <summary>
/// PyTorch's numbers against the CUDA backend: every committed case of an op, a loss, an optimizer, a schedule or a model. Each tensor is an allocation
/// of its own, so that the sanitizers see every read of what nobody wrote.
/// </summary>
[TestFixture]
public sealed class SoftCaseTests
{
    private SoftDevice _gpu = null!;
    private Engine _engine = null!;

    private static IReadOnlyList<string> Files { get; } =
        [.. Directory.GetFiles(Path.Combine(Kernels.Sources.Root, "tests", "cases"), "*.safetensors", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)];

    private static IEnumerable<TestCaseData> Cases => Files.Select(f => new TestCaseData(f).SetArgDisplayNames(Path.GetFileNameWithoutExtension(f)));

    [OneTimeSetUp]
    public void Open()
    {
        _gpu = new SoftDevice();
        _engine = new Engine(_gpu.CreateBackend(new CudaOptions { SeparateAllocations = true }));
    }

    [OneTimeTearDown]
    public void Close()
    {
        _engine.Dispose();
        var findings = _gpu.Findings;
        _gpu.Dispose();
        Assert.That(findings, Is.Empty);
    }

    [TestCaseSource(nameof(Cases))]
    public void Soft_equals_pytorch(string file) => Assert.That(CaseReplay.Run(_engine, ReferenceCase.Load(file)).ToString(), Does.StartWith("pass "));

    /// <summary>So that the test above means all of them; <c>ce</c> is cross_entropy.</summary>
    [Test]
    public void Every_loss_has_a_case() =>
        Assert.That(LossFunction.Catalogue.Names.Except(["ce"]).Except(Files.Select(ReferenceCase.Load).Where(c => c.Kind == "loss").Select(c => c.Subject)),
            Is.Empty);

    [Test]
    public void Differences_agree_with_one_smooth_case_of_every_op()
    {
        var smooth = OpCatalogue.All.Where(c => c.Smooth && c.Inputs.Any(i => i.Gradient)).GroupBy(c => c.Op).Select(g => g.First());
        Assert.That(smooth.SelectMany(c => FiniteDifference.Check(_engine, c).Where(r => !r.Passed).Select(r => $"{c.Name}: {r.Name}{r.Worst}: {r.Detail}")),
            Is.Empty);
    }
}
