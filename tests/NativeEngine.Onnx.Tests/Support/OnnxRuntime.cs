using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using NativeEngine.Core;

namespace NativeEngine.Onnx.Tests.Support;

/// <summary>onnxruntime in a node process (tools/onnx): runs models one after the other.</summary>
internal sealed class OnnxRuntime : IDisposable
{
    private readonly Process _node;

    private OnnxRuntime(Process node) => _node = node;

    /// <summary>
    /// Starts node. Where node or its package is missing the test is skipped, or fails when <c>NE_REQUIRE_ONNXRUNTIME</c> says that they are here.
    /// </summary>
    public static OnnxRuntime Start()
    {
        string tool = Path.Combine(Root(), "tools", "onnx"), package = Path.Combine(tool, "node_modules", "onnxruntime-node");
        if (!Directory.Exists(package))
            return Missing("onnxruntime-node is not installed; run `npm ci` in tools/onnx");
        try
        {
            var start = new ProcessStartInfo("node", [Path.Combine(tool, "run.mjs")]) { RedirectStandardInput = true, RedirectStandardOutput = true };
            // glibc hands memory of this size back to the system at once; kept, the pages of one large model serve the next.
            start.Environment["MALLOC_MMAP_THRESHOLD_"] = "4000000000";
            start.Environment["MALLOC_TRIM_THRESHOLD_"] = "4000000000";
            return new OnnxRuntime(Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return Missing("node not found");
        }
    }

    /// <summary>The result of each batch, and the names of the model's input and output.</summary>
    public (string Input, string Output, List<(int[] Shape, float[] Values)> Results) Run(string model, params IEnumerable<(Shape Shape, float[] Values)> batches)
    {
        var request = new { model, batches = batches.Select(b => new { shape = b.Shape.ToArray(), data = Convert.ToBase64String(MemoryMarshal.AsBytes<float>(b.Values)) }) };
        _node.StandardInput.WriteLine(JsonSerializer.Serialize(request));
        _node.StandardInput.Flush();
        string line = _node.StandardOutput.ReadLine() ?? throw new InvalidOperationException("node ended");
        using var answer = JsonDocument.Parse(line);
        if (answer.RootElement.TryGetProperty("error", out var error))
            throw new InvalidOperationException($"onnxruntime: {error.GetString()}");
        var results = answer.RootElement.GetProperty("results").EnumerateArray().Select(r => (
            r.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32()).ToArray(),
            MemoryMarshal.Cast<byte, float>(r.GetProperty("data").GetBytesFromBase64()).ToArray())).ToList();
        return (Only("inputs"), Only("outputs"), results);

        string Only(string names) => answer.RootElement.GetProperty(names).EnumerateArray().Single().GetString()!;
    }

    public void Dispose()
    {
        _node.StandardInput.Close();
        if (!_node.WaitForExit(10_000))
            _node.Kill();
        _node.Dispose();
    }

    private static OnnxRuntime Missing(string why)
    {
        if (Environment.GetEnvironmentVariable("NE_REQUIRE_ONNXRUNTIME") is { Length: > 0 })
            Assert.Fail(why);
        Assert.Ignore(why);
        throw new InvalidOperationException("unreachable");
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NativeEngine.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"no NativeEngine.sln above {AppContext.BaseDirectory}");
    }
}
