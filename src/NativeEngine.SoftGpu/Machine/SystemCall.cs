namespace NativeEngine.SoftGpu;

/// <summary>A call of a function that the machine executes itself.</summary>
/// <param name="Arguments">What is passed; offsets in the caller's frame or slots.</param>
/// <param name="Results">Where the result goes.</param>
internal sealed record SystemCall(PassedValue[] Arguments, PassedValue[] Results);
