using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Batch normalisation of images [N, C, H, W].</summary>
public sealed class BatchNorm2d(Engine engine, int features, double eps = 1e-5, double momentum = 0.1) : BatchNorm(engine, features, eps, momentum, 4)
{
    /// <summary>Says that this layer reads what <paramref name="conv"/> gives; returns the layer.</summary>
    internal BatchNorm2d After(Conv2d conv)
    {
        conv.FollowedBy(this);
        return this;
    }
}
