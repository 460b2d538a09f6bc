using NativeEngine.Verify;

namespace NativeEngine.Core.Tests;

/// <summary>An engine on the reference backend with an open step, made anew for every test.</summary>
public abstract class ReferenceFixture : IDisposable
{
    private Engine? _engine;

    protected Engine Engine => _engine!;

    protected StepScope Step { get; private set; } = null!;

    protected long Live => Engine.Backend.Memory.LiveBuffers;

    [SetUp]
    public void OpenEngine()
    {
        _engine = new Engine(new ReferenceBackend());
        Step = _engine.BeginStep();
    }

    [TearDown]
    public void Dispose()
    {
        _engine?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A vector that wants a gradient and outlives steps and backward.</summary>
    protected Tensor Leaf(params double[] values)
    {
        var leaf = Engine.EmptyPersistent([values.Length]);
        leaf.CopyFrom<double>(values);
        leaf.RequiresGrad = true;
        return leaf;
    }

    protected Tensor Vector(params double[] values) => Engine.From(values.AsSpan(), [values.Length]);
}
