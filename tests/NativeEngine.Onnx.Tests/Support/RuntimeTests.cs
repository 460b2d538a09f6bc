using NativeEngine.Core;

namespace NativeEngine.Onnx.Tests.Support;

/// <summary>Base of tests that run files in onnxruntime: one file for all of a fixture's cases.</summary>
[NonParallelizable]
public abstract class RuntimeTests
{
    /// <summary>The file that every case writes anew.</summary>
    protected string ModelPath { get; } = Path.Combine(Path.GetTempPath(), $"nengine-{Guid.NewGuid():N}.onnx");

    private protected SeededWeights Weights { get; } = new();

    [OneTimeTearDown]
    public void Delete() => File.Delete(ModelPath);

    /// <summary>Runs <see cref="ModelPath"/>.</summary>
    private protected (string Input, string Output,
        List<(int[] Shape, float[] Values)> Results) Run(params IEnumerable<(Shape Shape, float[] Values)> batches) => OnnxRuntime.Run(ModelPath, batches);

    private protected static double Largest(float[] a, float[] b) => a.Zip(b).Max(p => Math.Abs((double)p.First - p.Second));
}
