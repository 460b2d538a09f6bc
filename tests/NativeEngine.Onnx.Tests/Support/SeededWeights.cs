using System.Runtime.InteropServices;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Onnx.Tests.Support;

/// <summary>
/// Weights for comparisons: every tensor from a cheap hash of its position, scaled so that activations keep their size through the net, with batch
/// norm statistics that are far from 0 and 1. All models share one buffer, so a state dict is good until the next is asked for.
/// </summary>
internal sealed class SeededWeights
{
    private byte[] _buffer = [];

    /// <summary>Values for every tensor of a module.</summary>
    /// <param name="module">Gives names and shapes.</param>
    /// <param name="gain">Upper end of batch norm's factors: more than 1 for nets whose activations fade.</param>
    public StateDict For(Module module, double gain = 1)
    {
        var tensors = module.StateTensors().ToList();
        long bytes = tensors.Where(t => t.Tensor.DType.IsFloat()).Sum(t => t.Tensor.Count * sizeof(float));
        if (_buffer.Length < bytes)
            _buffer = GC.AllocateUninitializedArray<byte>((int)bytes);
        var state = new StateDict();
        uint stream = 0;
        int at = 0;
        foreach (var (name, tensor) in tensors)
        {
            var shape = tensor.Shape;
            if (!tensor.DType.IsFloat())
            {
                state.Add(name, HostTensor.From([7L], [])); // a batch norm's counter
                continue;
            }

            var part = _buffer.AsMemory(at, (int)shape.Count * sizeof(float));
            at += part.Length;
            double bound = Math.Sqrt(6.0 * shape[0] / Math.Max(shape.Count, 1));
            var (low, high) = name.EndsWith("running_var", StringComparison.Ordinal) ? (0.5, 1.5)
                : shape.Rank > 1 ? (-bound, bound)
                : name.EndsWith(".weight", StringComparison.Ordinal) ? (0.5 * gain, gain) // batch norm's factor
                : (-0.1, 0.1);
            Fill(part, stream++, (float)low, (float)high);
            state.Add(name, new HostTensor(WeightType.F32, [.. shape], part));
        }

        return state;
    }

    /// <summary>Images of variance 1.</summary>
    public static float[] Images(Shape shape, uint stream)
    {
        var values = new byte[shape.Count * sizeof(float)];
        Fill(values, 1000 + stream, -1.7f, 1.7f);
        return MemoryMarshal.Cast<byte, float>(values).ToArray();
    }

    private static void Fill(Memory<byte> bytes, uint stream, float low, float high)
    {
        const int Chunk = 1 << 16;
        int count = bytes.Length / sizeof(float);
        float scale = (high - low) / (1 << 24);
        Parallel.For(0, (count + Chunk - 1) / Chunk, chunk =>
        {
            var values = MemoryMarshal.Cast<byte, float>(bytes.Span);
            for (uint i = (uint)chunk * Chunk; i < Math.Min((uint)count, ((uint)chunk + 1) * Chunk); i++)
            {
                uint h = (i + stream * 0x9e3779b9u) * 2654435761u;
                h = (h ^ (h >> 16)) * 2246822519u;
                values[(int)i] = low + scale * ((h ^ (h >> 13)) >> 8);
            }
        });
    }
}
