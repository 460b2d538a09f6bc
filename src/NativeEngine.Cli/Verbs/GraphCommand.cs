using System.CommandLine;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Devices;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine graph MODEL</c>: runs one training step and shows every operation as it is recorded, and how backward frees memory.</summary>
internal static class GraphCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "a model of `models list`", DefaultValueFactory = _ => "lenet" };
        var batch = RunSettings.Flag<int>("batch_size", "images in the step", 2, also: "--batch");
        var size = RunSettings.Flag<int?>("img_size", "height and width of the images (the model's own when absent)");
        var command = new Command("graph", "run one training step and show every operation: forward, backward, memory") { model, batch, size };
        var devices = new DeviceFlags();
        devices.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            int n = Verb.AtLeastOne("--batch-size", parsed.GetValue(batch));
            using var engine = new Engine(devices.Create(parsed).Backend);
            var network = ModelCatalogue.Create(parsed.GetValue(model)!, engine, new ModelOptions { ImgSize = parsed.GetValue(size) });
            var events = Watch(engine, network, n);
            if (terminal.Json)
            {
                terminal.JsonResult(new
                {
                    model = network.Architecture, batch = n,
                    operations = events.Select(e => new
                    {
                        pass = e.Backward ? "backward" : "forward", op = e.Op, layer = e.Layer, output = e.Output.ToArray(),
                        kept_bytes = e.KeptBytes, live_bytes = e.LiveBytes
                    })
                });
                return ExitCode.Ok;
            }

            terminal.Result($"{"#",4} {"pass",-8} {"op",-20} {"layer",-28} {"output",-20} {"keeps KiB",10} {"live KiB",10}");
            for (int i = 0; i < events.Count; i++)
            {
                var e = events[i];
                terminal.Result($"{i,4} {(e.Backward ? "backward" : "forward"),-8} {e.Op,-20} {e.Layer,-28} {e.Output,-20} {e.KeptBytes / 1024.0,10:F1} "
                    + $"{e.LiveBytes / 1024.0,10:F1}");
            }

            return ExitCode.Ok;
        });
    }

    private static List<StepEvent> Watch(Engine engine, Model network, int n)
    {
        var events = new List<StepEvent>();
        var s = network.Settings;
        var key = new PhiloxKey(engine.Seed, RandomStream.Synthetic, 0);
        var pixels = new float[n * s.InChans * s.ImgSize * s.ImgSize];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (float)Philox.Normal(key, (ulong)i);
        using var step = engine.BeginStep();
        var x = engine.From(pixels, [n, s.InChans, s.ImgSize, s.ImgSize]);
        var target = engine.From(Enumerable.Range(0, n).Select(i => i % s.NumClasses).ToArray().AsSpan(), [n]);
        engine.Observer = events.Add;
        network.Forward(x).CrossEntropy(target).Backward();
        engine.Observer = null;
        return events;
    }
}
