using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NativeEngine.Core;
using NativeEngine.Verify;

namespace NativeEngine.TestKit;

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
    private readonly Dictionary<string, string[]> _firstRuns = [];
    private readonly HashSet<string> _repeated = [];
    private long? _liveBeforeRepeats;
    private Engine? _engine;

    /// <summary>The engine under test: one backend for the whole fixture, new tensors poisoned with NaN where the backend wants it.</summary>
    protected Engine Engine => _engine!;

    /// <summary>The cases this fixture runs.</summary>
    public static IEnumerable<OpCase> Cases => OpCatalogue.All;

    /// <summary>Makes the backend, or says why there is none.</summary>
    [OneTimeSetUp]
    public void Open()
    {
        backend.SkipWhereAbsent();
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
        var got = Run(op);
        var allowed = op with { Tolerance = new Tolerance(op.Tolerance.Abs * backend.ToleranceFactor, op.Tolerance.Rel * backend.ToleranceFactor) };
        var failures = OpRunner.Compare(allowed, expected, got).Where(c => !c.Passed).ToList();
        Assert.That(failures.Select(c =>
            $"{c.Name}{c.Worst}: {c.Detail}, error {c.MaxError:0.0e+00} is {c.Excess:0.0} times the allowed {allowed.Tolerance}"), Is.Empty);
    }

    /// <summary>The same inputs give the same bits again, whatever lay in memory before and whatever ran in between.</summary>
    [TestCaseSource(nameof(Cases))]
    public void Repeats_bit_for_bit(OpCase op)
    {
        if (!_firstRuns.ContainsKey(op.Name))
            Run(op);
        if (_repeated.Add(op.Name) && _repeated.Count == 1 && Cases.All(c => _firstRuns.ContainsKey(c.Name)))
            _liveBeforeRepeats = LiveBuffers();
        Assert.That(Bits(Run(op)), Is.EqualTo(_firstRuns[op.Name]), "hashes of the outputs and gradients of the first run, and of another");
    }

    /// <summary>Running everything again takes no more buffers: nothing an op allocates outlives its step.</summary>
    /// <remarks>In a run of the whole fixture <see cref="Repeats_bit_for_bit"/>, which the adapter runs before this, was just that; otherwise everything is run
    /// here.</remarks>
    [TestCase]
    public void Runs_again_without_more_buffers()
    {
        if (_liveBeforeRepeats is not { } before || Cases.Any(op => !_repeated.Contains(op.Name)))
        {
            foreach (var op in Cases.Where(op => !_firstRuns.ContainsKey(op.Name))) // what a backend keeps for a case, it makes in the case's first run
                Run(op);
            before = LiveBuffers();
            foreach (var op in Cases)
                Run(op);
        }

        Assert.That(LiveBuffers(), Is.EqualTo(before), "live buffers after one run of all cases, and after another");
    }

    private long LiveBuffers()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers(); // kept inputs come back through the collector, at the next allocation
        Engine.EmptyPersistent([1]);
        return Engine.Backend.Memory.LiveBuffers;
    }

    private OpResult Run(OpCase op)
    {
        var result = OpRunner.Run(Engine, op);
        _firstRuns.TryAdd(op.Name, Bits(result));
        return result;
    }

    // which NaN it is, is not said
    private static string[] Bits(OpResult result) =>
        [.. result.Tensors.Select(t => (t.Name, Values: Array.ConvertAll(t.Values, v => double.IsNaN(v) ? double.NaN : v)))
            .Select(t => $"{t.Name} {Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<double>(t.Values)))}")];
}
