namespace NativeEngine.Cli.Shell;

/// <summary>How a person starts this program, for the commands it suggests and the processes it starts.</summary>
internal static class Invocation
{
    /// <summary>The words to type before a verb: <c>dotnet run …</c> inside a checkout, else <c>nengine</c>.</summary>
    public static string Prefix => File.Exists(Path.Combine("src", "NativeEngine.Cli", "NativeEngine.Cli.csproj"))
        ? "dotnet run -c Release --project src/NativeEngine.Cli --" : "nengine";

    /// <summary>Program and leading arguments that start this program again.</summary>
    public static (string File, string[] Arguments) Self()
    {
        string process = Environment.ProcessPath ?? throw new InvalidOperationException("this process has no path");
        bool isHost = Path.GetFileNameWithoutExtension(process) is "dotnet";
        return isHost ? (process, [typeof(Invocation).Assembly.Location]) : (process, []);
    }
}
