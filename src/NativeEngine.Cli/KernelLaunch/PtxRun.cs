using System.Globalization;
using NativeEngine.Core;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>A case on a device: its buffers, its launch, what came of it.</summary>
internal sealed class PtxRun
{
    private readonly IPtxDevice _device;
    private readonly PtxCase _case;
    private readonly PtxFile _file;
    private readonly List<(LaunchArgument Buffer, string Source, byte[] Data, PtxType Type)> _expected = [];
    private readonly List<(LaunchArgument Buffer, string Path)> _outputs = [];

    /// <summary>Reads the file, the arguments and the expected values: whatever is wrong with them is found before anything runs.</summary>
    /// <exception cref="EngineException">Something is.</exception>
    public PtxRun(PtxCase launch, IPtxDevice device)
    {
        (_case, _device, _file) = (launch, device, PtxFile.Read(launch.Path));
        Entry = _file.Entry(launch.Entry);
        if (launch.Arguments.Count != Entry.Parameters.Count)
        {
            string signature = string.Join(", ", Entry.Parameters.Select(p => $".{p.Type.Spelling()}{(p.IsArray ? $"[{p.Count}]" : "")} {p.Name}"));
            throw new UsageException($"kernel {Entry.Name} takes {Entry.Parameters.Count} arguments ({signature}), {launch.Arguments.Count} were given "
                + "with --arg");
        }

        Arguments = [.. launch.Arguments.Select((text, i) => LaunchArgument.Parse(text, Entry.Parameters[i], device, launch))];
        foreach (string text in launch.Expected)
            _expected.Add(ReadExpected(text));
        foreach (string text in launch.Outputs)
        {
            var (buffer, path) = Choose("--out", text);
            _outputs.Add((buffer, System.IO.Path.Combine(launch.Folder, path)));
        }
    }

    public PtxEntry Entry { get; }

    /// <summary>One for each parameter.</summary>
    public IReadOnlyList<LaunchArgument> Arguments { get; }

    /// <summary>Those that are buffers.</summary>
    public IEnumerable<LaunchArgument> Buffers => Arguments.Where(a => a.Address != 0 && a.Count > 0);

    /// <summary>Runs the kernel to its end.</summary>
    public LaunchResult Launch() => _device.Launch(_file, Entry, _case, ParameterBuffer());

    /// <summary>Puts the kernel into the queue of a device that runs beside the host.</summary>
    public void Enqueue(CudaPtxDevice device) => device.Enqueue(_file, Entry, _case, ParameterBuffer());

    /// <summary>The expected values against what the buffers hold now.</summary>
    public IReadOnlyList<Comparison> Compare() => [.. _expected.Select(e =>
    {
        byte[] got = e.Buffer.Read(_device);
        if (_device.FirstUnwritten(e.Buffer.Address, got.Length) is var offset and >= 0)
        {
            int element = (int)(offset / e.Buffer.ElementType.Size());
            var never = new Difference(e.Buffer.Place(element), element, "as it was, never written",
                ElementText.Format(e.Data.AsSpan(element * e.Type.Size()), e.Type), "");
            return Comparison.Of(e.Buffer, got, (e.Data, e.Type), e.Source, _case.Tolerance) with { First = never,
                Differing = Math.Max(1, Comparison.Of(e.Buffer, got, (e.Data, e.Type), e.Source, _case.Tolerance).Differing) };
        }

        return Comparison.Of(e.Buffer, got, (e.Data, e.Type), e.Source, _case.Tolerance);
    })];

    /// <summary>Writes the files that were asked for; returns them.</summary>
    public IReadOnlyList<(LaunchArgument Buffer, string Path)> WriteOutputs()
    {
        foreach (var (buffer, path) in _outputs)
            BufferFile.Write(path, buffer.ElementType, buffer.Shape, buffer.Read(_device));
        return _outputs;
    }

    private byte[] ParameterBuffer()
    {
        byte[] buffer = new byte[Entry.ParameterBytes];
        for (int i = 0; i < Arguments.Count; i++)
            Arguments[i].Bytes.CopyTo(buffer, Entry.Parameters[i].Offset);
        return buffer;
    }

    private (LaunchArgument Buffer, string Source, byte[] Data, PtxType Type) ReadExpected(string text)
    {
        var (buffer, source) = Choose("--expect", text);
        string wanted = $"--expect {Printable.Text(text)}";
        if (!source.StartsWith('@') && BufferText.IsGenerated(source))
            return (buffer, Printable.Text(source, 40), BufferText.Generate(source, buffer.ElementType, buffer.Count, _case.Seed, wanted), buffer.ElementType);
        string path = System.IO.Path.Combine(_case.Folder, source.TrimStart('@'));
        var (data, type, shape) = BufferFile.Read(path, buffer.ElementType);
        if (data.Length / type.Size() != buffer.Count || buffer.Shape.Length > 1 && shape.Length > 1 && !shape.SequenceEqual(buffer.Shape))
            throw new DataException($"{path} holds {string.Join(" x ", shape)} elements, the buffer {buffer.Name} {string.Join(" x ", buffer.Shape)}");
        return (buffer, path, data, type);
    }

    /// <summary>The buffer that <c>NAME=…</c> or <c>INDEX=…</c> names, or the only one that the kernel can have been meant to write, and the rest of the
    /// text.</summary>
    private (LaunchArgument Buffer, string After) Choose(string option, string text)
    {
        var buffers = Buffers.ToArray();
        string known = buffers.Length == 0 ? "the kernel has no buffers"
            : $"buffers are {string.Join(", ", buffers.Select(b => $"{Arguments.ToList().IndexOf(b)} ({b.Name})"))}";
        string[] parts = text.Split('=', 2);
        if (parts.Length == 1)
        {
            LaunchArgument[][] candidates =
                [[.. buffers.Where(b => b.Contents is null)], [.. buffers.Where(b => b.Contents is null or "zeros" or "ones")], buffers];
            return candidates.FirstOrDefault(c => c.Length > 0) is { Length: 1 } only
                ? (only[0], text)
                : throw new UsageException($"{option} {Printable.Text(text)}: of which buffer? Write {option} NAME={Printable.Text(text)} or "
                    + $"INDEX={Printable.Text(text)}; {known}");
        }

        var found = int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < Arguments.Count ? Arguments[index]
            : Arguments.FirstOrDefault(a => a.Name == parts[0]);
        if (found is null || !buffers.Contains(found))
            throw new UsageException($"{option} {Printable.Text(text)}: no buffer "
                + $"'{Printable.Text(parts[0])}'{NearestName.Suggest(parts[0], buffers.Select(b => b.Name))}; {known}");
        return (found, parts[1]);
    }
}
