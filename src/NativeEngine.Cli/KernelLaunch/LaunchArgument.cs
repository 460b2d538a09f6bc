using System.Globalization;
using NativeEngine.Core;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>
/// One <c>--arg</c> of <c>kernels run</c>: a number for a scalar parameter; for a pointer a buffer <c>f32[4]=1,2,3,4</c>, <c>f32[1024]=zeros</c>,
/// <c>=iota</c>, <c>=rand</c>, or <c>f32[1024]</c> for one that nobody has written; <c>null</c>; <c>hex:00ff..</c> for a structure.
/// </summary>
internal sealed class LaunchArgument
{
    private const long MaximumBytes = 1L << 30;

    private LaunchArgument(string text) => Text = text;

    /// <summary>The argument as written.</summary>
    public string Text { get; }

    /// <summary>Bytes for the parameter buffer; a buffer's are its address.</summary>
    public byte[] Bytes { get; private set; } = [];

    /// <summary>Address of the buffer, 0 for other arguments.</summary>
    public ulong Address { get; private set; }

    /// <summary>Element type of the buffer.</summary>
    public PtxType ElementType { get; private set; }

    /// <summary>Elements of the buffer.</summary>
    public int Count { get; private set; }

    /// <summary>Reads an argument for a parameter, allocating its buffer.</summary>
    /// <exception cref="UsageException">The text does not fit the parameter.</exception>
    public static LaunchArgument Parse(string text, PtxVariable parameter, DeviceMemory memory, ulong seed)
    {
        var argument = new LaunchArgument(text);
        string wanted = $"--arg {text} for parameter {parameter.Name} (.{parameter.Type.Spelling()}{(parameter.IsArray ? $"[{parameter.Count}]" : "")})";
        if (parameter.IsArray)
        {
            argument.Bytes = ParseStructure(text, (int)parameter.Bytes, wanted);
        }
        else if (text.Contains('['))
        {
            if (parameter.Type.Size() != 8 || parameter.Type.IsFloat())
                throw new UsageException($"{wanted}: a buffer needs a 64-bit pointer parameter");
            argument.MakeBuffer(memory, seed, wanted);
            argument.Bytes = BitConverter.GetBytes(argument.Address);
        }
        else
        {
            string number = text == "null" ? "0" : text;
            argument.Bytes = ElementText.Parse(number, parameter.Type) ?? throw new UsageException($"{wanted}: expected a number of that type{(parameter.Type.Size() == 8 && !parameter.Type.IsFloat() ? ", or a buffer such as f32[4]=1,2,3,4" : "")}");
        }
        return argument;
    }

    /// <summary>The buffer's first values, for printing.</summary>
    public string Describe(DeviceMemory memory, int most)
    {
        int size = ElementType.Size();
        byte[] bytes = new byte[Math.Min(Count, most) * size];
        memory.CopyOut(bytes, Address);
        var values = Enumerable.Range(0, bytes.Length / size).Select(i => ElementText.Format(bytes.AsSpan(i * size), ElementType));
        return string.Join(" ", values) + (Count > most ? $" ... ({Count} in all)" : "");
    }

    private void MakeBuffer(DeviceMemory memory, ulong seed, string wanted)
    {
        string[] sides = Text.Split('=', 2);
        int open = sides[0].IndexOf('['), close = sides[0].IndexOf(']');
        if (open <= 0 || close != sides[0].Length - 1 || !PtxTypes.TryParse(sides[0][..open], out var type) || type.Size() == 0
            || !long.TryParse(sides[0].AsSpan(open + 1, close - open - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long count)
            || count < 1 || count * type.Size() > MaximumBytes)
        {
            throw new UsageException($"{wanted}: expected TYPE[COUNT], TYPE[COUNT]=zeros|iota|rand or TYPE[COUNT]=value,value,..., at most {MaximumBytes} bytes");
        }
        (ElementType, Count) = (type, (int)count);
        Address = memory.Allocate(count * type.Size(), Text.Length > 40 ? Text[..40] + "..." : Text);
        if (sides.Length == 1)
            return;
        var key = new PhiloxKey(seed, RandomStream.Synthetic, 0);
        byte[] bytes = new byte[Count * type.Size()];
        switch (sides[1])
        {
            case "zeros":
                break;
            case "iota":
                Fill(static i => i.ToString(CultureInfo.InvariantCulture));
                break;
            case "rand":
                Fill(i => Random(key, i, type));
                break;
            case var list:
                string[] values = list.Split(',');
                if (values.Length != Count)
                    throw new UsageException($"{wanted}: {values.Length} values for {Count} elements");
                Fill(i => values[i]);
                break;
        }
        memory.CopyIn(Address, bytes);

        void Fill(Func<int, string> value)
        {
            for (int i = 0; i < Count; i++)
                (ElementText.Parse(value(i), type) ?? throw new UsageException($"{wanted}: '{value(i)}' is not a .{type.Spelling()}")).CopyTo(bytes, i * type.Size());
        }
    }

    private static string Random(PhiloxKey key, int element, PtxType type) => type.IsFloat()
        ? ((float)Philox.Normal(key, (ulong)element)).ToString("R", CultureInfo.InvariantCulture)
        : ((int)(Philox.Uniform(key, (ulong)element) * 100)).ToString(CultureInfo.InvariantCulture);

    private static byte[] ParseStructure(string text, int bytes, string wanted)
    {
        try
        {
            byte[] value = text.StartsWith("hex:", StringComparison.Ordinal) ? Convert.FromHexString(text.AsSpan(4)) : [];
            return value.Length == bytes ? value : throw new UsageException($"{wanted}: a structure is given as hex: and {2 * bytes} digits");
        }
        catch (FormatException)
        {
            throw new UsageException($"{wanted}: a structure is given as hex: and {2 * bytes} digits");
        }
    }
}
