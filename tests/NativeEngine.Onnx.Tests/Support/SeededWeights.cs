using System.Numerics;
using System.Runtime.InteropServices;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Onnx.Tests.Support;

/// <summary>
/// Weights for comparisons: every tensor from a cheap hash of its position, with the variances of the usual initialisations. All modules share one
/// buffer, so a state dict is good until the next is asked for.
/// </summary>
internal sealed class SeededWeights
{
    private byte[] _buffer = [];

    /// <summary>Values for every tensor of a module; batch norms have statistics that are far from 0 and 1.</summary>
    public StateDict For(Module module)
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
            // Convolutions keep the size of what comes through a ReLU, linear layers that of what comes as it is.
            double bound = Math.Sqrt((shape.Rank > 2 ? 6.0 : 3.0) * shape[0] / Math.Max(shape.Count, 1));
            var (low, high) = name.EndsWith("running_var", StringComparison.Ordinal) ? (0.5, 1.5)
                : shape.Rank > 1 ? (-bound, bound)
                : name.EndsWith(".weight", StringComparison.Ordinal) ? (0.5, 1.5) // batch norm's factor
                : (-0.1, 0.1);
            Fill(part, stream++, (float)low, (float)high);
            state.Add(name, new HostTensor(WeightType.F32, [.. shape], part));
        }

        return state;
    }

    /// <summary>
    /// Such values in a model that has seen images, like any trained one: its batch norms have the statistics of a training pass, and give numbers
    /// around 1 with a deviation of 0.28, so that no branch multiplies the roundings of those before it. Without this the activations of deep nets
    /// fade or grow from layer to layer: then a rounding of 1e-7 in every layer changes logits by up to 0.4 %, in any float32 runtime.
    /// </summary>
    /// <param name="model">Gets the values; in evaluation mode afterwards.</param>
    public StateDict Calibrated(Model model)
    {
        const int Batch = 8;
        var state = For(model);
        var norms = model.Modules().OfType<BatchNorm>()
            .ToDictionary(n => n, n => new[] { "weight", "bias", "running_mean", "running_var" }.Select(t => state[$"{n.Name}.{t}"]).ToArray());
        foreach (var values in norms.Values)
        {
            Apply(values[0], v => 0.28f * (1 + 0.2f * (v - 1)));
            Apply(values[1], v => 1 + v);
            Apply(values[2], _ => 0);
            Apply(values[3], _ => 0);
        }

        model.LoadState(state);
        if (norms.Count > 0)
        {
            model.Train();
            using (model.Engine.NoGrad())
            {
                using var step = model.Engine.BeginStep();
                model.Forward(model.Engine.From(Images(model.InputShape(Batch), 0), model.InputShape(Batch)));
            }

            var seen = model.StateTensors().ToDictionary(t => t.Name, t => t.Tensor);
            var statistics = new StateDict();
            foreach (var (norm, values) in norms)
            {
                Take("running_mean", values[2]);
                Take("running_var", values[3]);

                void Take(string name, HostTensor target)
                {
                    name = $"{norm.Name}.{name}";
                    seen[name].ToArray<float>().CopyTo(Numbers(target));
                    Apply(target, v => (float)(v / norm.Momentum)); // the pass moved them by this share of the way from 0
                    statistics.Add(name, target);
                }
            }

            model.LoadState(statistics, partial: true);
        }

        model.Eval();
        return state;
    }

    /// <summary>Images of variance 1.</summary>
    public static float[] Images(Shape shape, uint stream)
    {
        var values = new byte[shape.Count * sizeof(float)];
        Fill(values, 1000 + stream, -1.7f, 1.7f);
        return MemoryMarshal.Cast<byte, float>(values).ToArray();
    }

    /// <summary>The numbers of a tensor of <see cref="For"/>, to be overwritten.</summary>
    private static Span<float> Numbers(HostTensor tensor) => MemoryMarshal.Cast<byte, float>(MemoryMarshal.AsMemory(tensor.Bytes).Span);

    private static void Apply(HostTensor tensor, Func<float, float> change)
    {
        foreach (ref float value in Numbers(tensor))
            value = change(value);
    }

    private static void Fill(Memory<byte> bytes, uint stream, float low, float high)
    {
        const int Chunk = 1 << 16;
        int count = bytes.Length / sizeof(float);
        float scale = (high - low) / (1 << 24);
        var lanes = Vector<uint>.Indices + new Vector<uint>(stream * 0x9e3779b9u);
        Parallel.For(0, (count + Chunk - 1) / Chunk, chunk =>
        {
            var values = MemoryMarshal.Cast<byte, float>(bytes.Span)[(chunk * Chunk)..Math.Min(count, (chunk + 1) * Chunk)];
            Span<float> last = stackalloc float[Vector<float>.Count];
            for (int i = 0; i < values.Length; i += Vector<float>.Count)
            {
                var h = (lanes + new Vector<uint>((uint)(chunk * Chunk + i))) * 2654435761u;
                h = (h ^ (h >>> 16)) * 2246822519u;
                var value = new Vector<float>(low) + scale * Vector.ConvertToSingle(Vector.AsVectorInt32((h ^ (h >>> 13)) >>> 8)); // 24 bits: exact
                if (values.Length - i >= Vector<float>.Count)
                {
                    value.CopyTo(values[i..]);
                    continue;
                }

                value.CopyTo(last);
                last[..(values.Length - i)].CopyTo(values[i..]);
            }
        });
    }
}
