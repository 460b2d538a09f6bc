namespace NativeEngine.Train;

/// <summary>How the batches of an epoch are put together.</summary>
public enum Sampling
{
    /// <summary>All images in random order.</summary>
    Shuffle,

    /// <summary>batch_size / samples_per_class classes with samples_per_class images each, for losses that compare pairs.</summary>
    Pk,

    /// <summary>Images of smaller classes come several times, ⌊largest / n⌋ each.</summary>
    Oversample,

    /// <summary>All classes come alike, in as many images as there are.</summary>
    Balanced,

    /// <summary>Classes come by the square root of their size.</summary>
    Sqrt,

    /// <summary>Each image that comes, comes three times, changed otherwise each time.</summary>
    Repeat,
}
