using System.CommandLine;
using NativeEngine.Cli.KernelLaunch;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Cuda.Kernels.Checks;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine kernels check</c>: every kernel against its double-precision reference; kernels of a PTX file against expected values.</summary>
internal static class KernelsCheckCommand
{
    public static Command Create()
    {
        var names = new Argument<string[]>("name")
        {
            Description = "kernels, families, or prefixes ending in * (all when absent); or FILE.ptx ENTRY with "
            + "--arg and --expect; or SUITE.yaml (.json), which lists such cases", Arity = ArgumentArity.ZeroOrMore
        };
        var device = KernelsCommand.DeviceOption();
        var sanitize = new Option<string>("--sanitize")
        {
            Description = "none, or all: memory, races, uninitialised reads, in order and in a shuffled "
            + "schedule (soft only)", DefaultValueFactory = _ => "none"
        };
        var seed = new Option<ulong>("--seed") { Description = "seed of the random inputs", DefaultValueFactory = _ => KernelChecks.DefaultSeed };
        var launch = new PtxLaunchOptions();
        var command = new Command("check", "compare every kernel with its double-precision reference, or kernels of a PTX file with expected values") { names,
            device, sanitize, seed };
        launch.AddLaunch(command);
        launch.AddExpectations(command);
        return command.Runs((parsed, terminal) =>
        {
            string where = parsed.GetValue(device)!, watch = parsed.GetValue(sanitize)!;
            if (watch is not ("none" or "all"))
                throw new UsageException($"--sanitize {watch}: expected none or all");
            if (watch == "all" && where != "soft")
                throw new UsageException($"--sanitize all needs --device soft; hardware ('{where}') cannot watch its own memory");
            string[] wanted = parsed.GetValue(names) ?? [];
            if (wanted.Length > 0 && PtxFile.IsName(wanted[0]) && !PtxSuite.IsName(wanted[0]))
                return PtxChecks.RunAll(terminal,
                    [launch.Read(parsed, wanted[0], PtxFile.EntryName(wanted)) with { Sanitize = watch == "all", Seed = parsed.GetValue(seed) }], where);
            launch.RefuseAll(parsed);
            if (wanted.Length > 0 && PtxSuite.IsName(wanted[0]))
            {
                if (wanted.Length > 1)
                    throw new UsageException($"{wanted[1]}: a suite is checked alone");
                return PtxChecks.RunAll(terminal, [.. PtxSuite.Read(wanted[0]).Select(c => c with { Sanitize = c.Sanitize || watch == "all" })], where);
            }

            var checks = KernelChecks.Select(wanted);
            return RunAll(terminal, checks, where, watch, parsed.GetValue(seed));
        });
    }

    /// <summary>Runs the checks and reports each; <see cref="ExitCode.CheckFailed"/> when one failed.</summary>
    internal static ExitCode RunAll(Terminal terminal, IReadOnlyList<KernelCheck> checks, string where, string sanitize, ulong seed)
    {
        int failed = 0;
        foreach (var check in checks)
        {
            // A kernel that faulted may have left its device unusable, so every check gets a fresh one.
            var result = Passes(sanitize, seed).Select(pass => Run(check, where, pass.Options, pass.Track, seed)).OrderBy(r => r.Passed).First();
            failed += result.Passed ? 0 : 1;
            Report(terminal, result);
        }

        terminal.Result($"{checks.Count - failed} passed, {failed} failed (device {where}, sanitize {sanitize}, seed {seed})");
        terminal.JsonResult(new { passed = checks.Count - failed, failed, device = where, sanitize, seed });
        return failed == 0 ? ExitCode.Ok : ExitCode.CheckFailed;
    }

    // Plain; or with all sanitizers, in the plain order and in a shuffled one.
    private static IEnumerable<(LaunchOptions Options, bool Track)> Passes(string sanitize, ulong seed) => sanitize == "none"
        ? [(LaunchOptions.Default, false)]
        : [(LaunchOptions.Sanitized, true), (LaunchOptions.Sanitized with { ScheduleSeed = seed }, true)];

    private static KernelCheckResult Run(KernelCheck check, string where, LaunchOptions options, bool track, ulong seed)
    {
        var device = KernelsCommand.Open(where, options, track);
        try
        {
            return check.Run(device, seed);
        }
        finally
        {
            (device as IDisposable)?.Dispose();
        }
    }

    private static void Report(Terminal terminal, KernelCheckResult result)
    {
        if (!result.Passed)
            terminal.Result($"FAIL  {result.Failure}");
        else if (!terminal.Quiet)
            terminal.Result($"ok    {result.Kernel.Entry,-28} {result.Cases,3} cases, largest error {result.WorstError:P0} of the allowed");
        terminal.JsonResult(new
        {
            kernel = result.Kernel.Entry, passed = result.Passed, cases = result.Cases, worst_error = result.WorstError,
            failure = result.Failure
        });
    }
}
