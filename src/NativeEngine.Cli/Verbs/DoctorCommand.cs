using System.CommandLine;
using System.Runtime.InteropServices;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Devices;
using NativeEngine.Core;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine doctor</c>: what this machine offers the engine, and why not more.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "show device, SIMD level, threads, memory, and why CUDA is not used");
        var devices = new DeviceFlags();
        devices.AddTo(command);
        var numerics = new Option<bool>("--numerics")
        {
            Description = "compare convolutions, products and batch norms of a model's sizes with the CPU; "
            + "wrong library algorithms are not used afterwards"
        };
        var model = RunSettings.Flag<string>("model", "[--numerics] name from `models list`", "smallcnn");
        var batch = RunSettings.Flag<int>("batch_size", "[--numerics] images per step", 16, also: "--batch");
        var size = RunSettings.Flag<int?>("img_size", "[--numerics] height and width of the images (default: the model's)");
        foreach (Option option in (Option[])[numerics, model, batch, size])
            command.Options.Add(option);
        return command.Runs((parsed, terminal) =>
        {
            if (parsed.GetValue(numerics))
            {
                int images = parsed.GetValue(batch);
                if (images < 2)
                    throw new UsageException($"--batch {images}: expects at least 2, batch norm wants more than one image");
                return DoctorNumerics.Run(devices.Choice(parsed), parsed.GetValue(model)!, images, parsed.GetValue(size), terminal);
            }

            var chosen = devices.Create(parsed);
            using var engine = new Engine(chosen.Backend);
            var memory = GC.GetGCMemoryInfo();
            var facts = new (string Name, string Value)[]
            {
                ("nengine", Application.Version),
                ("runtime", $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription} ({RuntimeInformation.OSArchitecture})"),
                ("device", chosen.Description),
                ("why", chosen.Reason ?? "named with --device"),
                ("simd", SimdLevels.Widest.Name()),
                ("processors", Environment.ProcessorCount.ToString()),
                ("memory", $"{memory.TotalAvailableMemoryBytes / (1 << 20)} MiB available to this process"),
                ("check", SelfCheck(engine)),
            };
            foreach (var (name, value) in facts)
                terminal.Result($"{name,-11} {value}");
            var paths = CudaSearchPaths.FromEnvironment();
            var probe = CudaLibraries.Find(paths).Probe;
            foreach (string problem in paths.Problems)
                terminal.Result($"path      {problem}");
            foreach (string line in probe.ToText().Split('\n', StringSplitOptions.RemoveEmptyEntries))
                terminal.Result(line);
            terminal.JsonResult(new { facts = facts.ToDictionary(f => f.Name, f => f.Value), path_problems = paths.Problems, cuda = probe });
            return ExitCode.Ok;
        });
    }

    /// <summary>A product of two small matrices whose result is known: the device computes at all.</summary>
    private static string SelfCheck(Engine engine)
    {
        using var step = engine.BeginStep();
        const int n = 67;
        var ones = engine.Full([n, n], 1);
        double[] product = ones.MatMul(ones).ToArray<double>();
        return product.All(v => v == n) ? "matrix product ok"
            : throw new DeviceException($"device {engine.Backend.Name} computed a wrong matrix product: expected {n}, got {product.First(v => v != n)}");
    }
}
