using NativeEngine.Core;
using NativeEngine.Verify;

namespace NativeEngine.Reference;

/// <summary>
/// Runs every case of <see cref="OpCatalogue"/> on one backend and compares outputs, gradients and saved bytes with the reference.
/// A test project makes it concrete with its own backends:
/// <code>
/// [TestFixtureSource(typeof(MyBackends), nameof(MyBackends.All))]
/// public sealed class MyOpTests(TestBackend backend) : OpTestBase(backend);
/// </code>
/// </summary>
/// <remarks>
/// <c>NE_REQUIRE_BACKENDS=cpu,soft</c> makes the absence of the named backends a failure instead of an ignored fixture.
/// </remarks>
public abstract class OpTestBase(TestBackend backend) : IDisposable
{
    private Engine? _engine;

    /// <summary>The engine under test: one backend for the whole fixture, new tensors poisoned with NaN where the backend wants it.</summary>
    protected Engine Engine => _engine!;

    /// <summary>The cases this fixture runs.</summary>
    public static IEnumerable<OpCase> Cases => OpCatalogue.All;

    /// <summary>Makes the backend, or says why there is none.</summary>
    [OneTimeSetUp]
    public void Open()
    {
        if (backend.WhyAbsent() is { } reason)
        {
            var required = Environment.GetEnvironmentVariable("NE_REQUIRE_BACKENDS")?.Split(',') ?? [];
            if (required.Contains(backend.Name))
                Assert.Fail($"{backend.Name} is required here and absent: {reason}");
            Assert.Ignore($"{backend.Name}: {reason}");
        }

        _engine = new Engine(backend.Create()) { PoisonNewTensors = backend.Poison };
    }

    /// <summary>Frees the backend; NUnit calls it when the fixture is done.</summary>
    public void Dispose()
    {
        _engine?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Outputs and gradients equal the reference's; gradients are written over NaN first and added to in a second pass.</summary>
    [TestCaseSource(nameof(Cases))]
    public void Equals_reference(OpCase op)
    {
        using var reference = new Engine(new ReferenceBackend());
        var expected = OpRunner.Run(reference, op);
        var got = OpRunner.Run(Engine, op);
        var allowed = op with { Tolerance = new Tolerance(op.Tolerance.Abs * backend.ToleranceFactor, op.Tolerance.Rel * backend.ToleranceFactor) };
        var failures = OpRunner.Compare(allowed, expected, got).Where(c => !c.Passed).ToList();
        Assert.That(failures.Select(c => $"{c.Name}{c.Worst}: {c.Detail}, error {c.MaxError:0.0e+00} is {c.Excess:0.0} times the allowed {allowed.Tolerance}"), Is.Empty);
    }

    /// <summary>The same inputs give the same bits again, whatever lay in memory before.</summary>
    [TestCaseSource(nameof(Cases))]
    public void Repeats_bit_for_bit(OpCase op)
    {
        var first = OpRunner.Run(Engine, op);
        var second = OpRunner.Run(Engine, op);
        Assert.That(second.Tensors.Select(t => t.Values), Is.EqualTo(first.Tensors.Select(t => t.Values)));
    }

    /// <summary>Running everything again takes no more buffers: nothing an op allocates outlives its step.</summary>
    [Test]
    public void Leaves_no_buffers()
    {
        Assert.That(RunAll(), Is.EqualTo(RunAll()), "live buffers after one run of all cases, and after another");

        long RunAll()
        {
            foreach (var op in Cases)
                OpRunner.Run(Engine, op);
            GC.Collect();
            GC.WaitForPendingFinalizers(); // kept inputs come back through the collector, at the next allocation
            Engine.EmptyPersistent([1]);
            return Engine.Backend.Memory.LiveBuffers;
        }
    }
}
