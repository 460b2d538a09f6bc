using System.Globalization;
using System.Text.RegularExpressions;
using NativeEngine.Core;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>A buffer as written: <c>f32[4]=1,2,3,4</c>, <c>f32[2,3]=zeros</c>, <c>f32[]=@in.npy</c>.</summary>
/// <param name="Type">Type of an element.</param>
/// <param name="Shape">Extents; none where the file says them.</param>
/// <param name="Contents">What stands after =, or null: nobody has written the buffer.</param>
internal sealed partial record BufferText(PtxType Type, int[] Shape, string? Contents)
{
    /// <summary>Largest buffer.</summary>
    public const long MaximumBytes = 1L << 30;

    /// <summary>What may stand after =.</summary>
    public const string Forms = "zeros, ones, iota, random, random(SEED), const(VALUE), @FILE.npy, @FILE.bin or value,value,...";

    /// <summary>Elements; 0 where the file says how many.</summary>
    public int Count => Shape.Length == 0 ? 0 : Shape.Aggregate(1, (n, extent) => n * extent);

    /// <summary>Reads the text of a buffer.</summary>
    /// <param name="text">The text.</param>
    /// <param name="wanted">What it is for, for errors.</param>
    /// <exception cref="UsageException">It is none, or the buffer would be too large.</exception>
    public static BufferText Parse(string text, string wanted)
    {
        string[] sides = text.Split('=', 2);
        var match = Form().Match(sides[0]);
        if (!match.Success || !PtxTypes.TryParse(match.Groups[1].Value, out var type) || type.Size() == 0)
            throw Refused();
        string? contents = sides.Length == 2 ? sides[1] : null;
        string extents = match.Groups[2].Value;
        if (extents.Length == 0)
            return contents?.StartsWith('@') == true ? new(type, [], contents)
                : throw new UsageException($"{wanted}: {sides[0]} without a size is for contents of a file: {sides[0]}=@FILE");
        long bytes = type.Size();
        var shape = new List<int>();
        foreach (string part in extents.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int extent) || extent < 1 || (bytes *= extent) > MaximumBytes)
                throw Refused();
            shape.Add(extent);
        }

        return new(type, [.. shape], contents);

        UsageException Refused() =>
            new($"{wanted}: expected TYPE[COUNT] or TYPE[COUNT,COUNT,...], unwritten or followed by = and {Forms}; at most {MaximumBytes} bytes");
    }

    /// <summary>The contents, and the shape, which a file may have said.</summary>
    /// <param name="folder">Where relative file names begin.</param>
    /// <param name="seed">Seed of <c>random</c>.</param>
    /// <param name="wanted">What the buffer is for, for errors.</param>
    /// <exception cref="UsageException">The contents are none of <see cref="Forms"/>, or do not fit.</exception>
    /// <exception cref="DataException">The file does not fit.</exception>
    public (byte[] Bytes, int[] Shape) Read(string folder, ulong seed, string wanted)
    {
        if (Contents!.StartsWith('@'))
        {
            var (bytes, shape) = BufferFile.Read(Path.Combine(folder, Contents[1..]), Type, this);
            return bytes.Length > 0 ? (bytes, shape) : throw new DataException($"{Path.Combine(folder, Contents[1..])} holds no elements");
        }

        return (Generate(Contents, Type, Count, seed, wanted), Shape);
    }

    /// <summary>True for a generator or a list of numbers, as opposed to the name of a file.</summary>
    public static bool IsGenerated(string text) => Call().Match(text).Groups[1].Value is "zeros" or "ones" or "iota" or "rand" or "random" or "const"
        || text.Split(',')[0].Trim() is var first && (ElementText.Parse(first, PtxType.F64) ?? ElementText.Parse(first, PtxType.B64)) is not null;

    /// <summary>Numbers of a generator or a list.</summary>
    /// <exception cref="UsageException">The text is neither, or a value does not fit the type.</exception>
    public static byte[] Generate(string text, PtxType type, int count, ulong seed, string wanted)
    {
        byte[] bytes = new byte[count * type.Size()];
        var call = Call().Match(text);
        string argument = call.Groups[2].Value;
        switch (call.Success ? call.Groups[1].Value : "")
        {
            case "zeros" when argument.Length == 0:
                return bytes;
            case "ones" when argument.Length == 0:
                return Repeat("1");
            case "const":
                return Repeat(argument);
            case "iota" when argument.Length == 0:
                return Fill(i => ElementValue.IsIntegral(type) ? BitConverter.GetBytes((long)i)[..type.Size()]
                    : Value(i.ToString(CultureInfo.InvariantCulture)));
            case "rand" or "random" when argument.Length == 0 || ulong.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out seed):
                var key = new PhiloxKey(seed, RandomStream.Synthetic, 0);
                return Fill(i => ElementValue.IsIntegral(type)
                    ? BitConverter.GetBytes((long)(Philox.Uniform(key, (ulong)i) * 100))[..type.Size()]
                    : ElementText.Encode((float)Philox.Normal(key, (ulong)i), type)!);
        }

        string[] values = text.Split(',');
        if (values.Length != count)
            throw new UsageException(values.Length == 1 ? $"{wanted}: '{Printable.Text(text)}' is not {Forms}"
                : $"{wanted}: {values.Length} values for {count} elements");
        return Fill(i => Value(values[i].Trim()));

        byte[] Value(string number) => ElementText.Parse(number, type)
            ?? throw new UsageException($"{wanted}: '{Printable.Text(number)}' is not a .{type.Spelling()}");

        byte[] Repeat(string number)
        {
            byte[] value = Value(number);
            return Fill(_ => value);
        }

        byte[] Fill(Func<int, byte[]> value)
        {
            for (int i = 0; i < count; i++)
                value(i).CopyTo(bytes, i * type.Size());
            return bytes;
        }
    }

    [GeneratedRegex(@"^(\w+)\[([\d,]*)\]$")]
    private static partial Regex Form();

    [GeneratedRegex(@"^([a-z]+)(?:\((.*)\))?$")]
    private static partial Regex Call();
}
