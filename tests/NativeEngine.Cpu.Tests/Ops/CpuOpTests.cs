using NativeEngine.TestKit;

namespace NativeEngine.Cpu.Tests.Ops;

/// <summary>Every op of the catalogue on the CPU backend.</summary>
[TestFixtureSource(typeof(CpuBackends), nameof(CpuBackends.All))]
public sealed class CpuOpTests(TestBackend backend) : OpTestBase(backend);
