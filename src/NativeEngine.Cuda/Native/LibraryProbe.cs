namespace NativeEngine.Cuda.Native;

/// <summary>What was found for one vendor library.</summary>
public sealed record LibraryProbe
{
    /// <summary>Short name: driver, cublas, cublaslt, cudnn.</summary>
    public required string Library { get; init; }

    /// <summary>Every file tried, in order.</summary>
    public IReadOnlyList<LibraryAttempt> Attempts { get; init; } = [];

    /// <summary>The file that was loaded, or null.</summary>
    public string? Path { get; init; }

    /// <summary>The version the library reports, for example 12.2 or 9.6.0, or null.</summary>
    public string? Version { get; init; }

    /// <summary>Required symbols it lacks; not empty means unusable.</summary>
    public IReadOnlyList<string> MissingRequired { get; init; } = [];

    /// <summary>Optional symbols it lacks: the features built on them are off.</summary>
    public IReadOnlyList<string> MissingOptional { get; init; } = [];

    /// <summary>Why the library cannot be used, as one sentence, or null when it can.</summary>
    public string? Error { get; init; }

    /// <summary>True when every required symbol is there.</summary>
    public bool Usable => Error is null;
}
