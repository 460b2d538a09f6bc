using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

/// <summary>Weights and batches by the formulas of tools/reference/seeded.py.</summary>
internal static class Seeded
{
    /// <summary>Numbers in [-1, 1): an integer hash of (stream, position).</summary>
    public static double[] Uniform(int stream, long count)
    {
        var values = new double[count];
        for (uint i = 0; i < values.Length; i++)
        {
            uint h = unchecked(i * 2654435761u + (uint)stream * 40503u + 12345u);
            h ^= h >> 16;
            h = unchecked(h * 2246822519u);
            h ^= h >> 13;
            h = unchecked(h * 3266489917u);
            h ^= h >> 16;
            values[i] = h / 2147483648.0 - 1;
        }

        return values;
    }

    /// <summary>Overwrites every parameter of the model.</summary>
    public static void Fill(Module model, int seed = 0)
    {
        int i = 0;
        foreach (var parameter in model.NamedParameters())
        {
            var shape = parameter.Tensor.Shape;
            var u = Uniform(seed * 10000 + i++, shape.Count);
            double bound = Math.Sqrt(6.0 / (shape.Count / shape[0]));
            bool norm = parameter.Kind == ParameterKind.Norm, scale = norm && parameter.LocalName == "weight";
            parameter.Tensor.CopyFrom<float>(Array.ConvertAll(u, v => (float)(shape.Rank > 1 ? v * bound : scale ? 0.28 * (1 + 0.1 * v) : norm ? 1 + 0.1 * v : 0.1 * v)));
        }
    }

    /// <summary>Images of variance 1 and class ids of one step.</summary>
    public static (Tensor Images, Tensor Classes) Batch(Engine engine, int step, Shape shape, int classes)
    {
        var images = Array.ConvertAll(Uniform(1000000 + 2 * step, shape.Count), v => (float)(Math.Sqrt(3.0) * v));
        var ids = Array.ConvertAll(Uniform(1000001 + 2 * step, shape[0]), v => (int)Math.Floor((v + 1) / 2 * classes));
        return (engine.From(images, shape), engine.From(ids, [shape[0]]));
    }
}
