namespace NativeEngine.Core;

/// <summary>A requested check failed (verify, gradcheck, kernels check, bench gate, verify-resume).</summary>
public sealed class CheckFailedException(string message, Exception? inner = null) : EngineException(ExitCode.CheckFailed, message, inner);
