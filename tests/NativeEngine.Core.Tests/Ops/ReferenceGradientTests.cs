using NativeEngine.Verify;

namespace NativeEngine.Core.Tests.Ops;

/// <summary>The reference's gradients against central differences of its own outputs, in double.</summary>
public sealed class ReferenceGradientTests
{
    private static IEnumerable<OpCase> Smooth => OpCatalogue.All.Where(c => c.Smooth && c.Inputs.Any(i => i.Gradient));

    private static IEnumerable<OpCase> Saving => OpCatalogue.All.Where(c => c.SavedFloats is not null);

    [TestCaseSource(nameof(Smooth))]
    public void Gradients_equal_central_differences(OpCase op)
    {
        using var engine = new Engine(new ReferenceBackend());
        var failures = FiniteDifference.Check(engine, op).Where(c => !c.Passed);
        Assert.That(failures.Select(c => $"{c.Name}{c.Worst}: {c.Detail}"), Is.Empty);
    }

    /// <summary>An op keeps for backward what its documentation says and nothing else.</summary>
    [TestCaseSource(nameof(Saving))]
    public void Keeps_what_its_documentation_says(OpCase op)
    {
        using var engine = new Engine(new ReferenceBackend());
        long expected = op.SavedFloats!.Value * engine.Backend.FloatType.Size() + op.SavedInts * DType.Int32.Size();
        Assert.That(OpRunner.SavedBytes(engine, op), Is.EqualTo(expected));
    }

    [Test]
    public void Every_case_has_its_own_name() => Assert.That(OpCatalogue.All.Select(c => c.Name), Is.Unique);
}
