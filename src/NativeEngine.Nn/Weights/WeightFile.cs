using System.Buffers.Binary;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>A weights file of any format that is read: safetensors or PyTorch's .pth.</summary>
/// <param name="Format">"safetensors" or "pth".</param>
/// <param name="Tensors">Tensors by name.</param>
/// <param name="Metadata">Free text by key.</param>
public sealed record WeightFile(string Format, StateDict Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Names of tensors that stand in the file outside of the state dict, such as figures of the training; they are not read.</summary>
    public IReadOnlyList<string> Beside { get; init; } = [];

    /// <summary>Reads a file; its first bytes, not its name, say which format it is.</summary>
    public static WeightFile Read(string path)
    {
        Span<byte> start = stackalloc byte[262]; // as far as the mark of a tar archive
        int length;
        try
        {
            NamedPipe.Refuse(path);
            using var file = File.OpenRead(path);
            length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(FileProblem.Reading(path, e), e);
        }

        if (length == 0)
            throw new CheckpointException($"{path} is empty, expected a weights file");
        start = start[..length];
        bool zip = start.StartsWith("PK"u8) || TarArchive.IsTar(start), pickle = length > 1 && start[0] == 0x80 && start[1] is >= 2 and <= 5;
        if (!zip && !pickle && length > 8 && start[8] != (byte)'{')
            throw new CheckpointException($"{path} is no weights file: expected safetensors (a length, then JSON) or PyTorch's .pth (a zip or tar "
                + $"archive, or a pickle), but it begins with {Convert.ToHexString(start[..8])}");
        bool json = length > 8 && start[8] == (byte)'{' && BinaryPrimitives.ReadUInt64LittleEndian(start) < 1UL << 40;
        if (json || (!zip && !pickle))
        {
            var (tensors, metadata) = Safetensors.Read(path);
            return new WeightFile("safetensors", tensors, metadata);
        }

        return PthReader.ReadFile(path);
    }

    /// <summary>Writes a state dict; the extension chooses the format: .safetensors, or .pth and .pt.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="tensors">Tensors by name.</param>
    /// <param name="metadata">Free text by key.</param>
    /// <param name="stop">Ends the writing between two tensors; the file is then as before.</param>
    public static void Write(string path, StateDict tensors, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken stop = default)
    {
        RequireWritable(path);
        if (IsSafetensors(path))
            Safetensors.Write(path, tensors, metadata, stop);
        else
            PthWriter.Write(path, tensors, metadata, stop);
    }

    /// <summary>Refuses a file whose extension names no format that is written, before time is spent on what would go into it.</summary>
    /// <exception cref="UsageException">The extension is not .safetensors, .pth or .pt.</exception>
    public static void RequireWritable(string path)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        if (extension == ".onnx")
            throw new UsageException($"{path}: ONNX holds a model, not weights alone; nengine export writes it");
        if (!IsSafetensors(path) && extension is not (".pth" or ".pt"))
            throw new UsageException($"{path}: unknown weights format '{extension}', expects .safetensors, .pth or .pt");
    }

    private static bool IsSafetensors(string path) => Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase);
}
