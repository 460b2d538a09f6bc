using NativeEngine.Core;

namespace NativeEngine.TestKit;

/// <summary>A backend the op fixture runs on.</summary>
/// <param name="Name">Shown in the test's name: <c>cpu</c>, <c>soft</c>, <c>cuda</c>.</param>
/// <param name="Create">Makes a fresh backend.</param>
public sealed record TestBackend(string Name, Func<IBackend> Create)
{
    /// <summary>Why the backend cannot run here; null when it can. Absent hardware is reported, never passed over in silence.</summary>
    public Func<string?> WhyAbsent { get; init; } = () => null;

    /// <summary>Allowed errors are multiplied by this: 1 unless a device computes in another way on purpose.</summary>
    public double ToleranceFactor { get; init; } = 1;

    /// <summary>New tensors are filled with NaN. Not where every tensor is an allocation whose reads before writes are found: filling is a write.</summary>
    public bool Poison { get; init; } = true;

    /// <summary>Skips the running test where the backend cannot run; fails it where <c>NE_REQUIRE_BACKENDS</c> names the backend.</summary>
    public void SkipWhereAbsent()
    {
        if (WhyAbsent() is not { } reason)
            return;
        if (Environment.GetEnvironmentVariable("NE_REQUIRE_BACKENDS")?.Split(',').Contains(Name) == true)
            Assert.Fail($"{Name} is required here and absent: {reason}");
        Assert.Ignore($"{Name}: {reason}");
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
