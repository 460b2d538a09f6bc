using System.CommandLine;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine bench</c>: how fast this machine trains, as numbers that can be compared.</summary>
internal static partial class BenchCommand
{
    public static Command Create()
    {
        var command = new Command("bench", "measure training steps, single operations and the preparation of images");
        command.Subcommands.Add(Step());
        command.Subcommands.Add(Ops());
        command.Subcommands.Add(Data());
        return command;
    }
}
