using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

/// <summary>Weights and batches by the formulas of tools/reference/seeded.py.</summary>
internal static class Seeded
{
    /// <summary>A number in [-1, 1): an integer hash of (stream, position).</summary>
    public static double Number(int stream, long position)
    {
        uint h = unchecked((uint)position * 2654435761u + (uint)stream * 40503u + 12345u);
        h ^= h >> 16;
        h = unchecked(h * 2246822519u);
        h ^= h >> 13;
        h = unchecked(h * 3266489917u);
        h ^= h >> 16;
        return h / 2147483648.0 - 1;
    }

    /// <summary>Gives a model its first values, without drawing any.</summary>
    public static void Fill(Module model, int seed = 0)
    {
        var state = new StateDict();
        int i = 0;
        foreach (var parameter in model.NamedParameters())
        {
            var shape = parameter.Tensor.Shape;
            double bound = Math.Sqrt(6.0 / (shape.Count / shape[0]));
            bool norm = parameter.Kind == ParameterKind.Norm, scale = norm && parameter.LocalName == "weight";
            state.Add(parameter.Name, Host(shape, Values(seed * 10000 + i++, shape.Count, v => (float)(shape.Rank > 1 ? v * bound : scale ? 0.28 * (1 + 0.1 * v) : norm ? 1 + 0.1 * v : 0.1 * v))));
        }

        foreach (var (name, tensor) in model.NamedBuffers())
            state.Add(name, tensor.DType == DType.Int64 ? HostTensor.From([0L]) : Host(tensor.Shape, Values(0, tensor.Count, _ => name.EndsWith("running_var", StringComparison.Ordinal) ? 1f : 0)));
        model.LoadState(state);
    }

    /// <summary>Images of variance 1 and class ids of one step.</summary>
    public static (Tensor Images, Tensor Classes) Batch(Engine engine, int step, Shape shape, int classes)
    {
        var images = Values(1000000 + 2 * step, shape.Count, v => (float)(Math.Sqrt(3.0) * v));
        var ids = Values(1000001 + 2 * step, shape[0], v => (int)Math.Floor((v + 1) / 2 * classes));
        return (engine.From(images, shape), engine.From(ids, [shape[0]]));
    }

    private static HostTensor Host(Shape shape, float[] values) => HostTensor.From(values.AsSpan(), [.. shape]);

    private static T[] Values<T>(int stream, long count, Func<double, T> map)
    {
        var values = new T[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = map(Number(stream, i));
        return values;
    }
}
