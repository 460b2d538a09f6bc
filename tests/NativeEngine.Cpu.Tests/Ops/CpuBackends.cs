using NativeEngine.TestKit;

namespace NativeEngine.Cpu.Tests.Ops;

/// <summary>The CPU backends the op fixture runs on.</summary>
internal static class CpuBackends
{
    public static IEnumerable<TestBackend> All =>
    [
        new("cpu", () => new CpuBackend(new CpuOptions { Threads = 2, Poison = true })),
    ];
}
