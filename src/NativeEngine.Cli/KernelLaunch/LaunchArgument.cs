using NativeEngine.Core;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>
/// One argument of a launch: a number for a scalar parameter, <c>f16:1.5</c> where its type does not say what the bits mean, a <see cref="BufferText"/> or
/// <c>null</c> for a pointer, <c>hex:00ff..</c> for a structure.
/// </summary>
internal sealed class LaunchArgument
{
    private LaunchArgument(string text, string name) => (Text, Name) = (text, name);

    /// <summary>The argument as written.</summary>
    public string Text { get; }

    /// <summary>The parameter's name.</summary>
    public string Name { get; }

    /// <summary>Bytes for the parameter buffer; a buffer's are its address.</summary>
    public byte[] Bytes { get; private set; } = [];

    /// <summary>Address of the buffer, 0 for other arguments.</summary>
    public ulong Address { get; private set; }

    /// <summary>Element type of the buffer.</summary>
    public PtxType ElementType { get; private set; }

    /// <summary>Extents of the buffer.</summary>
    public int[] Shape { get; private set; } = [];

    /// <summary>Elements of the buffer.</summary>
    public int Count { get; private set; }

    /// <summary>What the buffer held before the launch; null when nobody had written it.</summary>
    public string? Contents { get; private set; }

    /// <summary>The buffer's type and size: <c>f32[4]</c>.</summary>
    public string Form => $"{ElementType.Spelling()}[{string.Join(",", Shape)}]";

    /// <summary>Reads an argument for a parameter, allocating its buffer.</summary>
    /// <exception cref="UsageException">The text does not fit the parameter.</exception>
    /// <exception cref="DataException">The file of a buffer cannot be read or does not fit.</exception>
    public static LaunchArgument Parse(string text, PtxVariable parameter, IPtxDevice device, PtxCase launch)
    {
        var argument = new LaunchArgument(text, parameter.Name);
        string wanted = $"--arg {Printable.Text(text)} for parameter {parameter.Name} "
            + $"(.{parameter.Type.Spelling()}{(parameter.IsArray ? $"[{parameter.Count}]" : "")})";
        if (text.Contains('[') && !parameter.IsArray)
        {
            if (parameter.Type.Size() != 8 || parameter.Type.IsFloat())
                throw new UsageException($"{wanted}: a buffer needs a 64-bit pointer parameter");
            argument.MakeBuffer(device, launch, wanted);
            argument.Bytes = BitConverter.GetBytes(argument.Address);
        }
        else
        {
            argument.Bytes = ParseScalar(text, parameter, wanted);
        }

        return argument;
    }

    /// <summary>All bytes of the buffer.</summary>
    public byte[] Read(IPtxDevice device, int most = int.MaxValue)
    {
        byte[] bytes = new byte[Math.Min(Count, most) * ElementType.Size()];
        device.Read(Address, bytes);
        return bytes;
    }

    /// <summary>The buffer's first values, for printing.</summary>
    public string Describe(IPtxDevice device, int most)
    {
        int size = ElementType.Size();
        byte[] bytes = Read(device, most);
        var values = Enumerable.Range(0, bytes.Length / size).Select(i => ElementText.Format(bytes.AsSpan(i * size), ElementType));
        return string.Join(" ", values) + (Count > most ? $" ... ({Count} in all)" : "");
    }

    /// <summary>The place of an element as a person writes it: <c>y[3]</c>, <c>y[1,0]</c>.</summary>
    public string Place(int element)
    {
        var index = new int[Shape.Length];
        for (int d = Shape.Length - 1, rest = element; d >= 0; rest /= Shape[d--])
            index[d] = rest % Shape[d];
        return $"{Name}[{string.Join(",", index)}]";
    }

    private void MakeBuffer(IPtxDevice device, PtxCase launch, string wanted)
    {
        var buffer = BufferText.Parse(Text, wanted);
        byte[]? bytes = null;
        (ElementType, Shape, Contents) = (buffer.Type, buffer.Shape, buffer.Contents);
        if (buffer.Contents is not null)
            (bytes, Shape) = buffer.Read(launch.Folder, launch.Seed, wanted);
        Count = Shape.Aggregate(1, (n, extent) => n * extent);
        Address = device.Allocate((long)Count * ElementType.Size(), Text.Length > 40 ? Text[..40] + "..." : Text);
        if (bytes is not null)
            device.Write(Address, bytes);
    }

    private static byte[] ParseScalar(string text, PtxVariable parameter, string wanted)
    {
        int size = (int)parameter.Bytes;
        if (text.StartsWith("hex:", StringComparison.Ordinal))
            return ParseHex(text, size, wanted);
        string[] parts = text.Split(':', 2);
        if (parts.Length == 2 && PtxTypes.TryParse(parts[0], out var type))
        {
            byte[] value = ElementText.Parse(parts[1], type) ?? throw new UsageException($"{wanted}: '{Printable.Text(parts[1])}' is not a .{type.Spelling()}");
            return value.Length == size ? value : throw new UsageException($"{wanted}: a .{type.Spelling()} has {value.Length} bytes, the parameter {size}");
        }

        if (parameter.IsArray)
            return ParseHex(text, size, wanted);
        bool pointer = parameter.Type.Size() == 8 && !parameter.Type.IsFloat();
        return ElementText.Parse(text == "null" && pointer ? "0" : text, parameter.Type)
            ?? throw new UsageException($"{wanted}: expected a number of that type{(pointer ? ", or a buffer such as f32[4]=1,2,3,4" : "")}");
    }

    private static byte[] ParseHex(string text, int bytes, string wanted)
    {
        string problem = $"{wanted}: bytes are given as hex: and {2 * bytes} digits, or as a number with its type, such as f16:1.5";
        try
        {
            byte[] value = text.StartsWith("hex:", StringComparison.Ordinal) ? Convert.FromHexString(text.AsSpan(4)) : [];
            return value.Length == bytes ? value : throw new UsageException(problem);
        }
        catch (FormatException)
        {
            throw new UsageException(problem);
        }
    }
}
