namespace NativeEngine.Verify;

/// <summary>A well-formed case asks for a kind, name, argument or attribute that the engine does not have.</summary>
internal sealed class UnsupportedCaseException(string message) : Exception(message);
