using NativeEngine.Cli.Shell;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>Prints the instructions of one thread, each group under the source line it comes from.</summary>
internal sealed class TracePrinter(Terminal terminal)
{
    private readonly Dictionary<string, string[]> _sources = [];
    private string _lastPlace = "";

    /// <summary>Instructions printed.</summary>
    public int Count { get; private set; }

    public void Print(TraceStep step)
    {
        Count++;
        string file = step.SourceFile.Replace("./", "", StringComparison.Ordinal); // compilers write ././include/math.cuh
        string place = file.Length > 0 ? $"{file}:{step.Instruction.SourceLine}" : "";
        if (place.Length > 0 && place != _lastPlace)
            terminal.Result($"{place}  {SourceLine(file, step.Instruction.SourceLine)}".TrimEnd());
        _lastPlace = place;
        terminal.Result($"  {step.Instruction.Line,5}  {step.Instruction,-58} {(step.Skipped ? "(guard false)" : step.Values)}".TrimEnd());
        terminal.JsonResult(new
        {
            line = step.Instruction.Line, instruction = step.Instruction.ToString(), source = place, values = step.Values,
            skipped = step.Skipped
        });
    }

    /// <summary>The source text, when the file lies where the PTX says, seen from the current folder or one above it.</summary>
    private string SourceLine(string file, int line)
    {
        if (!_sources.TryGetValue(file, out string[]? lines))
            _sources[file] = lines = Find(file) is { } path ? File.ReadAllLines(path) : [];
        return line >= 1 && line <= lines.Length ? lines[line - 1].Trim() : "";
    }

    private static string? Find(string file)
    {
        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (string candidate in new[] { Path.Combine(folder.FullName, file), Path.Combine(folder.FullName, "kernels", file) })
            {
                if (File.Exists(candidate))
                    return candidate;
            }
        }
        return null;
    }
}
