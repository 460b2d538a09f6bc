using System.Diagnostics;

namespace NativeEngine.Cpu.Tests.Families;

/// <summary>Runs the vector, matrix-product and epilogue tests again in child processes that may use fewer instructions: 8 lanes, 4 lanes, and one.</summary>
public sealed class SimdSettingsTests
{
    private const string ChildMark = "NENGINE_SIMD_CHILD";

    /// <summary>True in the child processes.</summary>
    public static bool InChild => Environment.GetEnvironmentVariable(ChildMark) is not null;

    [TestCase("DOTNET_EnableAVX512")]
    [TestCase("DOTNET_EnableAVX2")]
    [TestCase("DOTNET_EnableHWIntrinsic")]
    public void Narrower_vectors_give_right_results(string setting)
    {
        string assembly = typeof(SimdSettingsTests).Assembly.Location;
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            ArgumentList = { "vstest", assembly, $"--TestCaseFilter:FullyQualifiedName~{nameof(VectorTailTests)}|FullyQualifiedName~{nameof(Gemm.GemmTests)}"
                + $"|FullyQualifiedName~{nameof(Conv.MomentTests)}|FullyQualifiedName~The_mask_from_x" },
            Environment = { [setting] = "0", [ChildMark] = "1", ["DOTNET_CLI_UI_LANGUAGE"] = "en" }, // its words are looked at
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var child = Process.Start(start)!;
        var errors = child.StandardError.ReadToEndAsync();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.That(child.ExitCode, Is.Zero, $"{setting}=0:\n{output}\n{errors.Result}");
        Assert.That(output, Does.Contain("Passed"), "the child ran tests");
    }
}
