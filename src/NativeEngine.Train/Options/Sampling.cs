namespace NativeEngine.Train;

/// <summary>How the batches of an epoch are put together.</summary>
public enum Sampling
{
    /// <summary>All images in random order.</summary>
    Shuffle,

    /// <summary>batch_size / samples_per_class classes with samples_per_class images each, for losses that compare pairs.</summary>
    Pk,
}
