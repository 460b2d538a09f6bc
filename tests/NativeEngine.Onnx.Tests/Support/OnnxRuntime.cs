using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using NativeEngine.Core;

namespace NativeEngine.Onnx.Tests.Support;

/// <summary>Runs models in onnxruntime.</summary>
internal static class OnnxRuntime
{
    /// <summary>The result of each batch, and the names of the model's input and output.</summary>
    /// <param name="model">The file.</param>
    /// <param name="batches">Values of the input; a model that takes bytes gets them as bytes.</param>
    public static (string Input, string Output, List<(int[] Shape, float[] Values)> Results) Run(string model,
        params IEnumerable<(Shape Shape, float[] Values)> batches)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, IntraOpNumThreads = 1 };
        options.AddSessionConfigEntry("session.disable_prepacking", "1"); // packed copies of the weights cost more than two small batches
        using var session = new InferenceSession(model, options);
        var (name, input) = session.InputMetadata.Single();
        var results = new List<(int[] Shape, float[] Values)>();
        foreach (var (shape, values) in batches)
        {
            var value = input.ElementDataType == TensorElementType.UInt8
                ? NamedOnnxValue.CreateFromTensor(name, new DenseTensor<byte>(Array.ConvertAll(values, v => (byte)v), shape.ToArray()))
                : NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(values, shape.ToArray()));
            using var made = session.Run([value]);
            var result = made.Single().AsTensor<float>();
            results.Add((result.Dimensions.ToArray(), result.ToArray()));
        }

        return (name, session.OutputMetadata.Single().Key, results);
    }
}
