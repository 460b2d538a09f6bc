using System.CommandLine;

namespace NativeEngine.Cli.Verbs;

/// <summary>All verbs in the order help shows them. A new verb is one file with a <c>Create</c> method and one line here.</summary>
internal static class VerbList
{
    public static IEnumerable<Command> Create()
    {
        yield return TrainCommand.Create();
        yield return EvalCommand.Create();
        yield return PredictCommand.Create();
        yield return DataCommand.Create();
        yield return LrFindCommand.Create();
        yield return GraphCommand.Create();
        yield return BenchCommand.Create();
        yield return ModelsCommand.Create();
        yield return WeightsCommand.Create();
        yield return ExportCommand.Create();
        yield return ConfigCommand.Create();
        yield return CompletionCommand.Create();
        yield return KernelsCommand.Create();
        yield return DoctorCommand.Create();
        yield return VerifyCommand.Create();
        yield return GradcheckCommand.Create();
        yield return VerifyResumeCommand.Create();
    }
}
