namespace NativeEngine.Core;

/// <summary>Process exit codes of the command line; every typed error carries the one it ends in.</summary>
public enum ExitCode
{
    /// <summary>Success.</summary>
    Ok = 0,

    /// <summary>Unexpected error: a bug in the engine.</summary>
    Unexpected = 1,

    /// <summary>Wrong usage or configuration.</summary>
    Usage = 2,

    /// <summary>Data missing or invalid.</summary>
    Data = 3,

    /// <summary>Device or library unavailable.</summary>
    Device = 4,

    /// <summary>Out of memory.</summary>
    OutOfMemory = 5,

    /// <summary>Training diverged (NaN or infinity).</summary>
    Diverged = 6,

    /// <summary>Checkpoint or weights incompatible.</summary>
    Checkpoint = 7,

    /// <summary>A check failed (verify, gradcheck, kernels check, bench gate, verify-resume).</summary>
    CheckFailed = 8,

    /// <summary>Stopped by SIGINT after saving.</summary>
    Interrupted = 130,

    /// <summary>Stopped by SIGTERM after saving.</summary>
    Terminated = 143,
}
