using System.Runtime.InteropServices;
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
            state.Add(parameter.Name, Host(parameter.Tensor.Shape, First(parameter, i++, seed)));
        foreach (var (name, tensor) in model.NamedBuffers())
            state.Add(name, tensor.DType == DType.Int64 ? HostTensor.From([0L])
                : Host(tensor.Shape, _ => name.EndsWith("running_var", StringComparison.Ordinal) ? 1 : 0));
        model.LoadState(state);
    }

    /// <summary>The first value of each element of a model's parameter number <paramref name="i"/>, by its row-major position.</summary>
    public static Func<long, float> First(Parameter parameter, int i, int seed = 0)
    {
        var shape = parameter.Tensor.Shape;
        int stream = seed * 10000 + i;
        double bound = Math.Sqrt(6.0 / (shape.Count / shape[0]));
        if (shape.Rank > 1)
            return k => (float)(Number(stream, k) * bound);
        if (parameter.Kind != ParameterKind.Norm)
            return k => (float)(0.1 * Number(stream, k));
        return parameter.LocalName == "weight" ? k => (float)(0.28 * (1 + 0.1 * Number(stream, k))) : k => (float)(1 + 0.1 * Number(stream, k));
    }

    /// <summary>Images of variance 1 and class ids of one step.</summary>
    public static (Tensor Images, Tensor Classes) Batch(Engine engine, int step, Shape shape, int classes)
    {
        var images = Values(1000000 + 2 * step, shape.Count, v => (float)(Math.Sqrt(3.0) * v));
        var ids = Values(1000001 + 2 * step, shape[0], v => (int)Math.Floor((v + 1) / 2 * classes));
        return (engine.From(images, shape), engine.From(ids, [shape[0]]));
    }

    private static HostTensor Host(Shape shape, Func<long, float> value)
    {
        var bytes = new byte[shape.Count * sizeof(float)];
        var floats = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        for (int k = 0; k < floats.Length; k++)
            floats[k] = value(k);
        return new HostTensor(WeightType.F32, [.. shape], bytes);
    }

    private static T[] Values<T>(int stream, long count, Func<double, T> map)
    {
        var values = new T[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = map(Number(stream, i));
        return values;
    }
}
