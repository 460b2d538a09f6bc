using System.CommandLine;
using NativeEngine.Cli.Config;
using NativeEngine.Cli.Devices;
using NativeEngine.Core;
using NativeEngine.Verify;

namespace NativeEngine.Cli.Verbs;

/// <summary>
/// <c>nengine gradcheck</c>: gradients against finite differences, in double on the reference backend, and the device's float gradients against
/// the reference's.
/// </summary>
internal static class GradcheckCommand
{
    public static Command Create()
    {
        var op = new Option<string?>("--op") { Description = "one op: conv2d, softmax, … (all ops when absent)" };
        var model = RunSettings.Flag<string?>("model", "a model of `models list` instead of single ops");
        var size = RunSettings.Flag<int?>("img_size", "height and width of the model's images; small ones keep the plain loops of the "
            + "reference quick");
        var batch = RunSettings.Flag<int>("batch_size", "images in the model's batch", 2);
        var command = new Command("gradcheck", "compare gradients with finite differences, in double and on a device") { op, model, size, batch };
        var devices = new DeviceFlags();
        devices.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            if (parsed.GetValue(op) is not null && parsed.GetValue(model) is not null)
                throw new UsageException("--op and --model: expected one of them, got both");
            using var engine = new Engine(devices.Create(parsed).Backend);
            var lines = parsed.GetValue(model) is { } name
                ? Model(engine, name, parsed.GetValue(size), parsed.GetValue(batch))
                : Names(parsed.GetValue(op)).SelectMany(n => Op(engine, n));
            var rows = new List<Row>();
            foreach (var row in lines)
            {
                rows.Add(row);
                if (!terminal.Quiet || !row.Passed)
                    terminal.Result($"{(row.Passed ? "pass" : "fail")} {row.Subject,-20} {row.Where,-34} {row.Cases,3} cases  "
                        + $"{row.Worst.Excess,8:0.0e+00} of the tolerance  worst: "
                            + $"{row.Worst.Name}{row.Worst.Worst}{(row.Passed ? "" : $"  {row.Worst.Detail}")}");
            }

            int failed = rows.Count(r => !r.Passed);
            terminal.Result($"{rows.Count - failed} passed, {failed} failed");
            var code = failed > 0 ? ExitCode.CheckFailed : ExitCode.Ok;
            terminal.JsonResult(new
            {
                passed = rows.Count - failed, failed,
                checks = rows.Select(r => new
                {
                    subject = r.Subject, where = r.Where, cases = r.Cases, passed = r.Passed,
                    worst = r.Worst.Name + r.Worst.Worst, detail = r.Worst.Detail
                }), exit_code = (int)code
            });
            return code;
        });
    }

    private sealed record Row(string Subject, string Where, int Cases, bool Passed, Comparison Worst);

    private static IEnumerable<string> Names(string? op)
    {
        if (op is null)
            return OpCatalogue.Names;
        return OpCatalogue.Names.Contains(op) ? [op]
            : throw new UsageException($"unknown op '{op}'{NearestName.Suggest(op, OpCatalogue.Names)}; known are {string.Join(", ", OpCatalogue.Names)}");
    }

    private static IEnumerable<Row> Op(Engine engine, string name)
    {
        var cases = OpCatalogue.All.Where(c => c.Op == name).ToList();
        var smooth = cases.Where(c => c.Smooth && c.Inputs.Any(i => i.Gradient)).ToList();
        using var reference = new Engine(new ReferenceBackend());
        if (Summarise(name, "reference in double, differences", smooth, c => FiniteDifference.Check(reference, c)) is { } exact)
            yield return exact;
        if (Summarise(name, $"{engine.Backend.Name}, differences", smooth, c => FiniteDifference.Check(engine, c)) is { } rough)
            yield return rough;
        if (Summarise(name, $"{engine.Backend.Name} against the reference", cases,
                c => OpRunner.Compare(c, OpRunner.Run(reference, c), OpRunner.Run(engine, c))) is { } device)
            yield return device;
    }

    private static IEnumerable<Row> Model(Engine engine, string name, int? size, int batch)
    {
        Verb.AtLeastOne("--batch-size", batch);
        foreach (var (where, results) in new[] { ("reference in double, differences", ModelGradCheck.OnReference(name, size, batch)),
                (engine.Backend.Name, ModelGradCheck.OnDevice(engine, name, size, batch)) })
            yield return new Row(name, where, results.Count, results.All(r => r.Passed), results.MaxBy(r => r.Excess)!);
    }

    private static Row? Summarise(string name, string where, List<OpCase> cases, Func<OpCase, IEnumerable<Comparison>> check)
    {
        var results = cases.SelectMany(c => check(c).Select(r => r with { Name = $"{c.Variant}: {r.Name}" })).ToList();
        return results.Count == 0 ? null : new Row(name, where, cases.Count, results.All(r => r.Passed), results.MaxBy(r => r.Excess)!);
    }
}
