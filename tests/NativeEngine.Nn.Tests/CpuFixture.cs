using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine.Nn.Tests;

/// <summary>Tests with a new engine on the CPU each.</summary>
public abstract class CpuFixture
{
    private protected Engine _engine = null!;

    [SetUp]
    public void MakeEngine() => _engine = new Engine(new CpuBackend());

    [TearDown]
    public void DisposeEngine() => _engine.Dispose();
}
