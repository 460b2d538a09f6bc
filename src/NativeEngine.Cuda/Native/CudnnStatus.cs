namespace NativeEngine.Cuda.Native;

/// <summary>What a cuDNN status means, independent of the release: cuDNN 9 renumbered every code of cuDNN 8.</summary>
public enum CudnnCategory
{
    Success,
    NotInitialized,
    BadParam,
    NotSupported,
    InternalError,
    AllocFailed,
    ExecutionFailed,
    VersionMismatch,
}

/// <summary>Reads raw cuDNN status codes of release 8 (1..14) and release 9 (category * 1000 + detail).</summary>
public static class CudnnStatus
{
    /// <summary>Status zero, the same in both releases.</summary>
    public const int Success = 0;

    /// <summary>The release-independent meaning of <paramref name="status"/> as returned by a library of version <paramref name="libraryVersion"/>.</summary>
    /// <param name="status">Raw cudnnStatus_t.</param>
    /// <param name="libraryVersion">cudnnGetVersion(): 8201 is 8.2.1, 90600 is 9.6.0.</param>
    public static CudnnCategory Categorize(int status, nuint libraryVersion)
    {
        if (status == Success)
            return CudnnCategory.Success;
        return libraryVersion >= 90000 ? CategorizeV9(status) : CategorizeV8(status);
    }

    /// <summary>The raw code of <paramref name="category"/> in the numbering of <paramref name="libraryVersion"/>, for an implementation of the
    /// table.</summary>
    public static int Encode(CudnnCategory category, nuint libraryVersion) => libraryVersion >= 90000
        ? category switch
        {
            CudnnCategory.Success => 0,
            CudnnCategory.NotInitialized => 1001,
            CudnnCategory.VersionMismatch => 1002,
            CudnnCategory.BadParam => 2000,
            CudnnCategory.NotSupported => 3000,
            CudnnCategory.AllocFailed => 4004,
            CudnnCategory.ExecutionFailed => 5000,
            _ => 4000,
        }
        : category switch
        {
            CudnnCategory.Success => 0,
            CudnnCategory.NotInitialized => 1,
            CudnnCategory.AllocFailed => 2,
            CudnnCategory.BadParam => 3,
            CudnnCategory.ExecutionFailed => 8,
            CudnnCategory.NotSupported => 9,
            CudnnCategory.VersionMismatch => 14,
            _ => 4,
        };

    private static CudnnCategory CategorizeV9(int status) => status switch
    {
        1002 or 1008 => CudnnCategory.VersionMismatch,
        4003 or 4004 => CudnnCategory.AllocFailed,
        _ => (status / 1000) switch
        {
            1 => CudnnCategory.NotInitialized,
            2 => CudnnCategory.BadParam,
            3 => CudnnCategory.NotSupported,
            5 => CudnnCategory.ExecutionFailed,
            _ => CudnnCategory.InternalError,
        },
    };

    private static CudnnCategory CategorizeV8(int status) => status switch
    {
        1 or 11 => CudnnCategory.NotInitialized,
        2 => CudnnCategory.AllocFailed,
        3 or 5 => CudnnCategory.BadParam,
        6 or 9 => CudnnCategory.NotSupported,
        8 => CudnnCategory.ExecutionFailed,
        14 => CudnnCategory.VersionMismatch,
        _ => CudnnCategory.InternalError,
    };
}
