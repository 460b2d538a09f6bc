namespace NativeEngine.Verify;

/// <summary>How the replay of a reference case ended.</summary>
public enum CaseStatus
{
    /// <summary>Everything within the tolerance.</summary>
    Pass,

    /// <summary>Something outside the tolerance.</summary>
    Fail,

    /// <summary>The case asks for something the engine does not have.</summary>
    Unsupported,
}
