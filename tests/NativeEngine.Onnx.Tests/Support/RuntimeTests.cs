using NativeEngine.Core;

namespace NativeEngine.Onnx.Tests.Support;

/// <summary>Base of tests that run files in onnxruntime: one process and one file for all of a fixture's cases.</summary>
[NonParallelizable]
public abstract class RuntimeTests
{
    private OnnxRuntime? _runtime;

    /// <summary>The file that every case writes anew.</summary>
    protected string ModelPath { get; private set; } = "";

    private protected SeededWeights Weights { get; } = new();

    [OneTimeSetUp]
    public void Start()
    {
        _runtime = OnnxRuntime.Start();
        ModelPath = Path.Combine(Path.GetTempPath(), $"nengine-{Guid.NewGuid():N}.onnx");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _runtime?.Dispose();
        if (ModelPath.Length > 0) // nothing was started where there is no runtime
            File.Delete(ModelPath);
    }

    /// <summary>Runs <see cref="ModelPath"/>.</summary>
    private protected (string Input, string Output, List<(int[] Shape, float[] Values)> Results) Run(params IEnumerable<(Shape Shape, float[] Values)> batches) => _runtime!.Run(ModelPath, batches);

    private protected static double Largest(float[] a, float[] b) => a.Zip(b).Max(p => Math.Abs((double)p.First - p.Second));
}
