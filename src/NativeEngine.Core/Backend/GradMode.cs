namespace NativeEngine.Core;

/// <summary>Whether a backward method overwrites its gradient output or adds to it (the beta of a GEMM).</summary>
public enum GradMode
{
    /// <summary>dx = …; the old contents are never read.</summary>
    Overwrite,

    /// <summary>dx += ….</summary>
    Accumulate,
}
