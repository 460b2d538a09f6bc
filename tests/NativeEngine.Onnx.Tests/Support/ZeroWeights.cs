using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Onnx.Tests.Support;

/// <summary>Weights that are all zero and share one piece of memory, for tests that look at structure alone.</summary>
internal static class ZeroWeights
{
    private static readonly ReadOnlyMemory<byte> Zeros = new byte[25088 * 4096 * sizeof(float)]; // the largest tensor: VGG's first linear layer

    public static StateDict For(Module module)
    {
        var state = new StateDict();
        foreach (var (name, tensor) in module.StateTensors().Where(t => t.Tensor.DType.IsFloat()))
            state.Add(name, new HostTensor(WeightType.F32, [.. tensor.Shape], Zeros[..((int)tensor.Count * sizeof(float))]));
        return state;
    }
}
