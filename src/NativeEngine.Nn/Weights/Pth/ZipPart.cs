using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>An entry of a zip archive.</summary>
/// <param name="Data">Its bytes as they lie in the archive.</param>
/// <param name="Checksum">What the directory says the CRC-32 of its contents is.</param>
/// <param name="Plain">The bytes are the contents: neither compressed nor encrypted.</param>
internal readonly record struct ZipPart(ReadOnlyMemory<byte> Data, uint Checksum, bool Plain)
{
    /// <summary>The contents, once their checksum is the one of the directory.</summary>
    /// <exception cref="PickleException">They are not plain, or damaged.</exception>
    public ReadOnlyMemory<byte> Contents(string name)
    {
        if (!Plain)
            throw new PickleException($"has a compressed archive entry {Printable.Text(name)}; torch.save stores them plainly");
        return Crc32.Append(0, Data.Span) == Checksum ? Data
            : throw new PickleException($"is damaged: the checksum of the archive entry {Printable.Text(name)} is wrong");
    }
}
