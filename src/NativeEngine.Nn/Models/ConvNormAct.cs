using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Convolution ("same" padding, no bias), batch norm and, unless null, an activation: children 0, 1, 2.</summary>
internal sealed class ConvNormAct : Sequential
{
    public ConvNormAct(Engine engine, int inChannels, int outChannels, int kernel, int stride = 1, int groups = 1, Module? activation = null,
        double eps = 1e-5, double momentum = 0.1) : base(engine)
    {
        Append(ResidualBlock.Conv(engine, inChannels, outChannels, kernel, stride, groups));
        Append(new BatchNorm2d(engine, outChannels, eps, momentum));
        if (activation is not null)
            Append(activation);
    }

    /// <summary>
    /// Scaled channel counts: the nearest multiple of 8, at least 8, and not more than 10 % below <paramref name="channels"/>.
    /// </summary>
    public static int Divisible(double channels)
    {
        int rounded = Math.Max(8, (int)(channels + 4) / 8 * 8);
        return rounded < 0.9 * channels ? rounded + 8 : rounded;
    }
}
