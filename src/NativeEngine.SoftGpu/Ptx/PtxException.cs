using NativeEngine.Core;

namespace NativeEngine.SoftGpu;

/// <summary>A PTX text that cannot be accepted. The message reads <c>file:line:column: what is wrong</c>.</summary>
public sealed class PtxException(string file, int line, int column, string problem)
    : EngineException(ExitCode.Usage, $"{file}:{line}:{column}: {problem}")
{
    /// <summary>Name of the PTX text as given to the parser.</summary>
    public string File { get; } = file;

    /// <summary>Line, from 1.</summary>
    public int Line { get; } = line;

    /// <summary>Column, from 1.</summary>
    public int Column { get; } = column;

    /// <summary>The message without its place.</summary>
    public string Problem { get; } = problem;
}
