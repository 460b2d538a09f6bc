using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>One line of the catalogue.</summary>
/// <param name="Name">Name as in torchvision or timm.</param>
/// <param name="Paper">Where the architecture comes from.</param>
/// <param name="Defaults">Settings that a caller leaves open.</param>
/// <param name="Build">Makes the module tree.</param>
public sealed record ModelDefinition(string Name, string Paper, ModelSettings Defaults, Func<Engine, ModelSettings, Model> Build)
{
    /// <summary>Settings of an ImageNet model: 1000 classes, 3 channels, 224x224.</summary>
    internal static ModelSettings ImageNet { get; } = new(1000, 3, 224, 0, 0);

    /// <summary>Settings of a CIFAR model: 10 classes, 3 channels, 32x32.</summary>
    internal static ModelSettings Cifar { get; } = new(10, 3, 32, 0, 0);

    /// <summary>Settings of a digit model: 10 classes, 1 channel, 28x28.</summary>
    internal static ModelSettings Digits { get; } = new(10, 1, 28, 0, 0);
}
