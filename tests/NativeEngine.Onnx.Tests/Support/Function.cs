using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Onnx.Tests.Support;

/// <summary>A computation without weights as a module.</summary>
internal sealed class Function(Engine engine, Func<Tensor, Tensor> compute) : Module(engine)
{
    protected override Tensor Compute(Tensor x) => compute(x);
}
