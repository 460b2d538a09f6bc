namespace NativeEngine.Cuda.Tests.Kernels;

/// <summary>Finds the repository's files from the test's folder, and tools on the path.</summary>
internal static class Sources
{
    public static string Root { get; } = FindRoot();

    public static string KernelFolder => Path.Combine(Root, "kernels");

    /// <summary>The full path of a program, or null.</summary>
    public static string? FindTool(params string[] names) =>
        (from name in names
         from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
         let path = Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name)
         where File.Exists(path)
         select path).FirstOrDefault();

    /// <summary>Skips the test because a tool is missing, or fails it when the variable asks for the tool.</summary>
    public static void SkipOrFail(string tool, string variable)
    {
        string reason = $"{tool} was not found on the path";
        if (Environment.GetEnvironmentVariable(variable) is "1")
            Assert.Fail($"{reason}, and {variable}=1 requires it");
        Assert.Ignore($"{reason}; set {variable}=1 to make this a failure");
    }

    /// <summary>Runs a program to its end and returns its exit code and output.</summary>
    public static (int ExitCode, string Output) Run(string program, string folder, params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardError = true,
            RedirectStandardOutput = true
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "NativeEngine.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"no NativeEngine.sln above {TestContext.CurrentContext.TestDirectory}");
    }
}
