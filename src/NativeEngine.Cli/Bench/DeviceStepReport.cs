using NativeEngine.Core;
using NativeEngine.Cuda;
using NativeEngine.Cuda.Kernels.Benchmarks;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.Cli.Bench;

/// <summary>What one warm training step asks of a GPU, counted on the software GPU; per step.</summary>
/// <param name="Launches">Kernels launched, library calls included.</param>
/// <param name="LibraryCalls">How many of them are cuDNN and cuBLAS calls.</param>
/// <param name="GraphLaunches">Graphs launched by a replayed step.</param>
/// <param name="HostSyncs">Times the host waited.</param>
/// <param name="Allocations">Driver allocations.</param>
/// <param name="BytesMoved">Device memory traffic: what the engine's kernels move past a 16 KiB cache per block, and what library calls read and write at
/// least.</param>
/// <param name="BytesMinimum">The sizes of the tensors that kernels and library calls read and write.</param>
/// <param name="KernelRatio">Traffic of the engine's kernels over the sizes of what they read and write.</param>
/// <param name="PeakBytes">Device memory taken at most.</param>
/// <param name="LiveBytes">Tensors held at most.</param>
/// <param name="Kernels">The traffic by kernel, the largest first.</param>
/// <param name="EagerReason">Why steps cannot be replayed as a graph, or null.</param>
/// <param name="Estimates">The least time of a step by GPU model.</param>
internal sealed record DeviceStepReport(long Launches, long LibraryCalls, long GraphLaunches, long HostSyncs, long Allocations, long BytesMoved,
    long BytesMinimum, double KernelRatio,
    long PeakBytes, long LiveBytes, IReadOnlyList<(string Name, KernelTraffic Traffic)> Kernels, string? EagerReason, IReadOnlyList<StepEstimate> Estimates)
{
    private const int SectorBytes = 32;

    /// <summary>Counts a step run eagerly and one replayed as a graph.</summary>
    /// <returns>Null when the backend is not the software GPU.</returns>
    public static DeviceStepReport? Measure(Engine engine, StepBench bench)
    {
        if (engine.Backend is not CudaBackend { Owned: SoftDevice gpu } backend)
            return null;
        using var graph = backend.CreateStepGraph();
        graph.Run(bench.Queue); // the first step of a graph is eager: plans and memory
        graph.Run(bench.Queue);
        backend.Synchronize();
        var before = gpu.Counters;
        var traffic = gpu.Traffic;
        bench.Queue();
        var queued = gpu.Counters.Since(before); // before anybody waits
        backend.Synchronize();
        var eager = gpu.Counters.Since(before);
        traffic = KernelTraffic.Between(traffic, gpu.Traffic);
        before = gpu.Counters;
        graph.Run(bench.Queue);
        var replayed = gpu.Counters.Since(before);
        backend.Synchronize();
        long launches = eager.Launches + eager.LibraryCalls;
        return new DeviceStepReport(launches, eager.LibraryCalls, replayed.GraphLaunches, queued.HostSyncs + replayed.HostSyncs,
            queued.Allocations + replayed.Allocations,
            eager.KernelBytes + eager.LibraryBytes, eager.KernelBytesMinimum + eager.LibraryBytes,
                eager.KernelBytesMinimum == 0 ? 1 : (double)eager.KernelBytes / eager.KernelBytesMinimum,
            gpu.MemoryInUse.High, backend.Memory.PeakBytes, [.. traffic.OrderByDescending(k => k.Value.Bytes).Select(k => (k.Key, k.Value))], graph.EagerReason,
            [.. GpuModel.All.Select(model => StepEstimate.Of(model, eager, SectorBytes))]);
    }

    /// <summary>The report as lines for a person.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"launches {Launches} ({LibraryCalls} library calls)  graph_launches {GraphLaunches}  host_syncs {HostSyncs}  allocations "
            + $"{Allocations}{(EagerReason is null ? "" : $"  eager: {EagerReason}")}";
        yield return $"bytes_moved {BytesMoved}  bytes_minimum {BytesMinimum}  own kernels {KernelRatio:F3} x their minimum  peak_bytes {PeakBytes}  "
            + $"live_bytes {LiveBytes} ({(double)PeakBytes / LiveBytes:F3} x)";
        foreach (var (name, k) in Kernels)
            yield return $"  {name,-28} {k.Launches,4} launches  {k.Bytes / 1048576.0,9:F2} MiB moved, {k.BytesMinimum / 1048576.0,9:F2} at least  "
                + $"{k.Ratio:F3} x";
        foreach (var e in Estimates)
            yield return $"  at least {e.Milliseconds,8:F3} ms on {e.Gpu,-8}  conv and products {100 * e.LibraryShare,3:F0}%, own kernels "
                + $"{100 * (1 - e.LibraryShare),3:F0}%";
    }
}

/// <summary>A roofline estimate: float32 arithmetic without tensor cores, and memory traffic without caches.</summary>
/// <param name="Gpu">Model.</param>
/// <param name="Milliseconds">The least time of a step.</param>
/// <param name="LibraryShare">Share of convolutions and products in it.</param>
internal sealed record StepEstimate(string Gpu, double Milliseconds, double LibraryShare)
{
    private const int FlopsPerClock = 4 * 32 * 2; // a multiply-add per lane of each scheduler

    public static StepEstimate Of(GpuModel model, SoftGpuCounters step, int sectorBytes)
    {
        double own = model.Microseconds(step.KernelBytes / sectorBytes, step.ThreadInstructions);
        double library = Math.Max(step.LibraryBytes / (model.GigabytesPerSecond * 1e3),
            step.LibraryFlops / (model.Multiprocessors * FlopsPerClock * model.Gigahertz * 1e3));
        return new StepEstimate(model.Name, (own + library) / 1e3, library / (own + library));
    }
}
