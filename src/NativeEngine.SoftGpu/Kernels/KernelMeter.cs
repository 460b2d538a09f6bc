using System.Diagnostics;
using NativeEngine.Cuda.Kernels.Benchmarks;
using NativeEngine.Cuda.Kernels.Checks;

namespace NativeEngine.SoftGpu;

/// <summary>Measures kernel workloads on the software GPU.</summary>
public static class KernelMeter
{
    /// <summary>Runs a workload: a few plain launches for the speed, then one that is counted.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="repeats">Plain launches; 0 leaves the speed at 0.</param>
    /// <param name="sanitize">Counts under all sanitizers: at these sizes kernels take many blocks and several chunks, which the checks' sizes do not.</param>
    /// <returns>The counters, and thread instructions per second of the fastest plain launch.</returns>
    public static (LaunchCounters Counters, double InstructionsPerSecond) Measure(KernelWorkload workload, int repeats, bool sanitize = false)
    {
        using var device = new SoftKernelDevice(trackInitialised: sanitize);
        LaunchCounters counters = new();
        device.Launched = (_, result) => counters = result.Counters;
        var run = new KernelCheckRun(device, KernelChecks.DefaultSeed);
        run.Begin(workload.Size);
        var launch = workload.Prepare(run);
        double best = double.MaxValue;
        for (int i = 0; i < repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            launch();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        device.Options = sanitize ? LaunchOptions.Sanitized : LaunchOptions.Default with { Observers = ObserverSet.Counters };
        launch();
        device.Synchronize();
        run.Release();
        return (counters, repeats == 0 ? 0 : counters.ThreadInstructions / best);
    }

    /// <summary>The counters a budget watches.</summary>
    public static KernelCounts Budgeted(LaunchCounters c) =>
        new(c.ThreadInstructions, c.WarpInstructions, c.GlobalLoadSectors + c.GlobalStoreSectors, c.MovedSectors, c.SharedBankConflicts, c.DivergentBranches,
            c.Barriers);
}
