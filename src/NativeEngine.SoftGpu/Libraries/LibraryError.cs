namespace NativeEngine.SoftGpu.Libraries;

/// <summary>Why a library call is refused; each library maps it to its own status codes.</summary>
internal enum LibraryError
{
    NotInitialized,
    InvalidValue,
    NotSupported,
    AllocFailed,
    ExecutionFailed,
    Internal,
}

/// <summary>Ends a library call; never leaves the software GPU.</summary>
internal sealed class LibraryException(LibraryError error, string message) : Exception(message)
{
    public LibraryError Error { get; } = error;

    /// <summary>A program asked whether something is possible and is told that it is not: no misuse.</summary>
    public bool IsAnswer { get; init; }
}
