using NativeEngine.Cli.Shell;
using NativeEngine.Cli.Verbs;
using NativeEngine.Core;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>Runs cases one after the other, as <c>kernels check</c> does with the engine's own kernels.</summary>
internal static class PtxChecks
{
    /// <summary>Runs the cases and reports each; <see cref="ExitCode.CheckFailed"/> when one failed.</summary>
    public static ExitCode RunAll(Terminal terminal, IReadOnlyList<PtxCase> cases, string where)
    {
        if (where != "soft" && cases.Any(c => c.Sanitize))
            throw new UsageException($"sanitizers need --device soft; hardware ('{where}') cannot watch its own memory");
        int failed = 0;
        foreach (var launch in cases)
        {
            string? failure = null;
            int elements = 0;
            double worst = 0;
            try
            {
                foreach (var pass in Passes(launch))
                {
                    using var device = KernelsCommand.OpenPtx(where, null, pass.Sanitize);
                    var run = new PtxRun(pass, device);
                    var result = run.Launch();
                    var compared = result.Fault is null ? run.Compare() : [];
                    failure ??= result.Findings.Select(f => f.ToString()).Concat(compared.Where(c => !c.Passed).Select(c => c.Describe())).FirstOrDefault();
                    (elements, worst) = (compared.Sum(c => c.Count), Math.Max(worst, compared.Select(c => c.WorstShare).DefaultIfEmpty(0).Max()));
                }
            }
            catch (EngineException e) when (cases.Count > 1 || launch.Name.Length > 0)
            {
                failure = e.Message; // the other cases of a suite run all the same
            }

            failed += failure is null ? 0 : 1;
            Report(terminal, launch, failure, elements, worst);
        }

        string sanitize = cases.All(c => c.Sanitize) ? "all" : cases.Any(c => c.Sanitize) ? "some" : "none";
        terminal.Result($"{cases.Count - failed} passed, {failed} failed (device {where}, sanitize {sanitize})");
        terminal.JsonResult(new { passed = cases.Count - failed, failed, device = where, sanitize });
        return failed == 0 ? ExitCode.Ok : ExitCode.CheckFailed;
    }

    /// <summary>Plain; or with all sanitizers, in the plain order and in a shuffled one.</summary>
    private static IEnumerable<PtxCase> Passes(PtxCase launch) => launch.Sanitize
        ? [launch, launch with { ScheduleSeed = launch.ScheduleSeed ?? launch.Seed }] : [launch];

    private static void Report(Terminal terminal, PtxCase launch, string? failure, int elements, double worst)
    {
        string name = launch.Name.Length > 0 ? launch.Name : launch.Entry ?? launch.Path;
        if (failure is not null)
            terminal.Result($"FAIL  {name}: {failure}");
        else if (!terminal.Quiet)
        {
            string largest = worst > 0 ? $", largest error {worst:P0} of the allowed" : "";
            terminal.Result($"ok    {name,-28} {(elements == 0 ? "ran; nothing was expected" : $"{elements} elements {launch.Tolerance}{largest}")}");
        }

        terminal.JsonResult(new { kernel = name, ptx = launch.Path, passed = failure is null, elements, worst_error = worst, failure });
    }
}
