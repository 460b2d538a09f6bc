using System.CommandLine;
using NativeEngine.Cli.Devices;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Verify;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine verify PATH...</c>: replays reference cases that another library computed, and compares.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var paths = new Argument<string[]>("path") { Description = "case files (.safetensors) or folders of them", Arity = ArgumentArity.OneOrMore };
        var allow = new Option<bool>("--allow-unsupported") { Description = "cases the engine cannot replay are reported but are no failure" };
        var command = new Command("verify", "replay reference cases computed by another library and compare outputs and gradients") { paths, allow };
        var devices = new DeviceFlags();
        devices.AddTo(command);
        return command.Runs((parsed, terminal) =>
        {
            var files = parsed.GetValue(paths)!.SelectMany(Files).ToList();
            var choice = devices.Choice(parsed);
            using var engine = new Engine(choice.Open().Backend);
            var direct = new Lazy<Engine>(() =>
                new Engine(new DeviceOptions { Device = "cpu", Threads = choice.Threads, Winograd = WinogradMode.Off }.Open().Backend));
            bool isDirect = engine.Backend is CpuBackend && choice.Winograd == WinogradMode.Off;
            var outcomes = new List<CaseOutcome>();
            var malformed = new List<string>();
            foreach (string file in files)
            {
                try
                {
                    var reference = ReferenceCase.Load(file);
                    var outcome = CaseReplay.Run(engine, reference);
                    if (outcome.Status == CaseStatus.Fail && reference.Kind == "model" && !isDirect)
                        outcome = outcome with { Reason = Directly(CaseReplay.Run(direct.Value, reference)) };
                    outcomes.Add(outcome);
                    Show(terminal, outcome);
                }
                catch (DataException e)
                {
                    malformed.Add(e.Message);
                    Console.Error.WriteLine($"nengine: malformed case: {e.Message}");
                }
            }

            if (direct.IsValueCreated)
                direct.Value.Dispose();
            int Count(CaseStatus status) => outcomes.Count(o => o.Status == status);
            var (passed, failed, unsupported) = (Count(CaseStatus.Pass), Count(CaseStatus.Fail), Count(CaseStatus.Unsupported));
            terminal.Result($"{passed} passed, {failed} failed, {unsupported} unsupported{(malformed.Count > 0 ? $", {malformed.Count} malformed" : "")}");
            var code = malformed.Count > 0 ? ExitCode.Data : failed > 0 || (unsupported > 0 && !parsed.GetValue(allow)) ? ExitCode.CheckFailed : ExitCode.Ok;
            terminal.JsonResult(new { passed, failed, unsupported, malformed, cases = outcomes.Select(Describe), exit_code = (int)code });
            return code;
        });
    }

    /// <summary>
    /// What a failing model is to be made of: where it passes with other roundings, one of them flipped a decision (a ReLU, the largest of a window),
    /// which moves gradients by far more than the rounding itself.
    /// </summary>
    private static string Directly(CaseOutcome outcome) => outcome.Status == CaseStatus.Pass
        ? $"passes with direct convolutions on the CPU (max err {outcome.Worst!.MaxError:0.0e+00}; --device cpu --winograd off): a decision flipped by rounding"
        : $"fails with direct convolutions on the CPU, too (max err {outcome.Worst!.MaxError:0.0e+00} at {outcome.Worst.Name}{outcome.Worst.Worst})";

    private static void Show(Terminal terminal, CaseOutcome outcome)
    {
        if (!terminal.Quiet || outcome.Status != CaseStatus.Pass)
            terminal.Result(outcome.ToString());
    }

    private static object Describe(CaseOutcome outcome) => new
    {
        name = outcome.Name,
        status = outcome.Status.ToString().ToLowerInvariant(),
        reason = outcome.Reason,
        max_err = Finite(outcome.Worst?.MaxError),
        excess = Finite(outcome.Worst?.Excess),
        worst = outcome.Worst is { } worst ? worst.Name + worst.Worst : null,
        tol_abs = outcome.Tolerance.Abs,
        tol_rel = outcome.Tolerance.Rel,
    };

    // JSON has no infinity: a mismatch without a number is null.
    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static IEnumerable<string> Files(string path)
    {
        if (!Directory.Exists(path))
            return File.Exists(path) ? [path] : throw new DataException($"{path}: no such file or folder");
        var files = Directory.GetFiles(path, "*.safetensors", SearchOption.AllDirectories);
        Array.Sort(files, CodePointOrder.Instance);
        return files.Length > 0 ? files : throw new DataException($"{path}: holds no case files (*.safetensors)");
    }
}
