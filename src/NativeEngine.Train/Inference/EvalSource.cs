namespace NativeEngine.Train;

/// <summary>Where images to evaluate come from.</summary>
/// <param name="Data">A folder; null for the data of the training.</param>
public sealed record EvalSource(string? Data)
{
    /// <summary>Only the images that the training held out, wherever its data lie now.</summary>
    public bool HeldOut { get; init; }

    /// <summary>Folders without images are classes, as <see cref="TrainOptions.AllowEmpty"/>.</summary>
    public bool AllowEmpty { get; init; }
}
