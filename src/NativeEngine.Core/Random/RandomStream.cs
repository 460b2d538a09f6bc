namespace NativeEngine.Core;

/// <summary>The purposes random numbers are drawn for. Streams of different purposes never overlap.</summary>
public static class RandomStream
{
    /// <summary>Initial weights; add the parameter's ordinal in the module tree.</summary>
    public const uint Init = 0x0100_0000;

    /// <summary>Order of the samples; the step is the epoch.</summary>
    public const uint Shuffle = 0x0200_0000;

    /// <summary>Augmentation; the step is the epoch, the element names sample and draw.</summary>
    public const uint Augment = 0x0300_0000;

    /// <summary>Dropout masks; add the layer's ordinal in the module tree.</summary>
    public const uint Dropout = 0x0400_0000;

    /// <summary>Stochastic depth; add the layer's ordinal in the module tree.</summary>
    public const uint DropPath = 0x0500_0000;

    /// <summary>Synthetic data of tests and benchmarks.</summary>
    public const uint Synthetic = 0x0600_0000;

    /// <summary>Splitting a data set into training and validation part.</summary>
    public const uint Split = 0x0700_0000;

    /// <summary>Random crops; the step is the epoch, the element names sample and draw.</summary>
    public const uint Crop = 0x0800_0000;

    /// <summary>Transforms of images; the step is the epoch, the element names sample and draw.</summary>
    public const uint Transform = 0x0900_0000;

    /// <summary>Mixing of batches; the step is the epoch, the element names batch and draw.</summary>
    public const uint Mix = 0x0A00_0000;
}
