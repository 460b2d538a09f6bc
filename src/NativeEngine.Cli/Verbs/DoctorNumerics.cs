using NativeEngine.Cli.Devices;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Cuda;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine doctor --numerics</c>: does the device compute what the CPU computes, for the sizes of a model?</summary>
internal static class DoctorNumerics
{
    public static ExitCode Run(DeviceOptions choice, string model, int batch, int? imageSize, Terminal terminal)
    {
        var shapes = ModelShapes.Of(model, new ModelOptions { ImgSize = imageSize }, batch);
        var chosen = (choice with { UseBanned = true }).Open();
        using var engine = new Engine(chosen.Backend);
        terminal.Line($"numerics of {model}, batch {batch}, on {chosen.Description} against the CPU: {shapes.Convolutions.Count} convolutions, "
            + $"{shapes.Products.Count} products, {shapes.BatchNorms.Count} batch norms");
        using var check = new NumericsCheck(engine);
        check.Run(shapes, text =>
        {
            if (terminal.Verbose)
                terminal.Line($"  {text}");
        });
        foreach (var verdict in check.Verdicts)
        {
            terminal.Result(verdict.Wrong == 0
                ? $"ok     {verdict.Name,-42} {verdict.Shapes,3} sizes, largest error {100 * verdict.Excess:F0} % of the allowed"
                : $"WRONG  {verdict.Name,-42} {verdict.Wrong} of {verdict.Shapes} sizes, worst {verdict.Detail}");
        }

        var wrong = check.Verdicts.Where(v => v.Wrong > 0).ToList();
        string? problem = chosen.Backend is CudaBackend cuda ? Remember(cuda, check.Verdicts, terminal) : null;
        terminal.Result($"{check.Verdicts.Count - wrong.Count} passed, {wrong.Count} failed");
        terminal.JsonResult(new
        {
            device = chosen.Description,
            model,
            batch,
            passed = check.Verdicts.Count - wrong.Count,
            failed = wrong.Count,
            verdicts = check.Verdicts.Select(v => new
            {
                operation = v.Operation, algorithm = v.Algorithm, sizes = v.Shapes, wrong = v.Wrong,
                excess = double.IsFinite(v.Excess) ? v.Excess : (double?)null, detail = v.Detail
            }),
            remembered = problem is null,
        });
        return wrong.Count > 0 ? ExitCode.CheckFailed : ExitCode.Ok;
    }

    private static string? Remember(CudaBackend cuda, IReadOnlyCollection<NumericsVerdict> verdicts, Terminal terminal)
    {
        var memory = NumericsMemory.Load();
        if (memory.Problem is { } unreadable)
            Terminal.Warn(unreadable);
        string? problem = memory.Remember(cuda, verdicts);
        if (problem is not null)
            Terminal.Warn(problem);
        else
            terminal.Line($"remembered for {cuda.LibraryIdentity} in {memory.Path}");
        foreach (string sentence in problem is null ? NumericsMemory.Load().Apply(cuda) : [])
            terminal.Result(sentence);
        return problem;
    }
}
