namespace NativeEngine.Core;

public sealed partial class Tensor
{
    /// <summary>
    /// Computes the gradients of every leaf this tensor depends on; they add to what the leaves already hold.
    /// </summary>
    /// <param name="gradient">Gradient of this tensor, of its shape; ones when null.</param>
    /// <param name="keepGraph">Keeps the graph and its activations so that backward can run again.</param>
    public void Backward(Tensor? gradient = null, bool keepGraph = false)
    {
        if (gradient is not null && gradient.Shape != Shape)
            throw new ShapeException("backward", $"gradient {gradient.Shape} for a tensor {Shape}");
        using (Engine.NoGrad())
            Engine.Tape.Backward(this, gradient, keepGraph);
    }
}
