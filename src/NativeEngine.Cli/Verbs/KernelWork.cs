using System.Diagnostics;
using NativeEngine.Cli.KernelLaunch;
using NativeEngine.Core;
using NativeEngine.Cuda.Kernels.Benchmarks;
using NativeEngine.Cuda.Kernels.Checks;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.Verbs;

/// <summary>What <c>kernels bench</c> measures: a workload of the engine, or a kernel of a PTX file.</summary>
/// <param name="Name">The kernel.</param>
/// <param name="Size">Its sizes in words.</param>
/// <param name="MinimumBytes">Bytes that must move however the kernel is written; null when only the launch shows what it touches.</param>
/// <param name="Count">Counts a launch on the software GPU, after so many plain ones; also gives the thread instructions per second of the fastest.</param>
/// <param name="Time">Seconds of a launch on a device of that name, averaged over so many.</param>
internal sealed record KernelWork(
    string Name, string Size, double? MinimumBytes, Func<int, (LaunchCounters Counters, double Speed)> Count, Func<string, int, double> Time)
{
    public static KernelWork Of(KernelWorkload workload) =>
        new(workload.Name, workload.Size, workload.MinimumBytes, repeats => KernelMeter.Measure(workload, repeats), (where, launches) =>
    {
        var device = KernelsCommand.Open(where, LaunchOptions.Default, false);
        try
        {
            var run = new KernelCheckRun(device, KernelChecks.DefaultSeed);
            run.Begin(workload.Size);
            var launch = workload.Prepare(run);
            double seconds = Average(launch, device.Synchronize, launches);
            run.Release();
            return seconds;
        }
        finally
        {
            (device as IDisposable)?.Dispose();
        }
    });

    public static KernelWork Of(PtxCase launch)
    {
        string name = PtxFile.Read(launch.Path).Entry(launch.Entry).Name, size = $"grid {launch.Grid} block {launch.Block}";
        return new(name, size, null, repeats => Measure(launch, repeats), (where, launches) =>
        {
            using var device = (CudaPtxDevice)KernelsCommand.OpenPtx(where, null, false);
            var run = new PtxRun(launch, device);
            return Average(() => run.Enqueue(device), device.Synchronize, launches);
        });
    }

    private static (LaunchCounters Counters, double Speed) Measure(PtxCase launch, int repeats)
    {
        var counters = Launch(launch.Options, 1).Counters;
        double best = repeats == 0 ? double.MaxValue : Launch(launch.Options with { Observers = 0 }, 1 + repeats).Best;
        return (counters, counters.ThreadInstructions / best);

        // Counts are those of the first launch, on buffers as they were given; it also decodes the kernel, so that the others show the speed.
        (LaunchCounters Counters, double Best) Launch(LaunchOptions options, int launches)
        {
            using var device = new SoftPtxDevice(options, false);
            var run = new PtxRun(launch, device);
            LaunchCounters? first = null;
            double fastest = double.MaxValue;
            for (int i = 0; i < launches; i++)
            {
                long start = Stopwatch.GetTimestamp();
                var result = run.Launch();
                fastest = i == 0 ? fastest : Math.Min(fastest, Stopwatch.GetElapsedTime(start).TotalSeconds);
                if (result.Findings.Count > 0)
                    throw new CheckFailedException(result.Findings[0].ToString());
                first ??= result.Counters;
            }

            return (first!, fastest);
        }
    }

    private static double Average(Action launch, Action synchronize, int launches)
    {
        launch(); // loads the module
        synchronize();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < launches; i++)
            launch();
        synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / launches;
    }
}
