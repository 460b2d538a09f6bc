namespace NativeEngine.Nn;

// What the restricted unpickler builds besides null, bool, long, BigInteger, double, string, byte[] and List<object?>. A set is read as a list, a
// frozenset and a complex number as a tuple: settings beside the weights may hold them, and nothing is made of them.

/// <summary>A Python tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A dict or OrderedDict; a repeated key counts with its last value.</summary>
internal sealed class PickleDict
{
    private List<KeyValuePair<object?, object?>>? _items; // most dicts that a hostile file can make are empty

    public IReadOnlyList<KeyValuePair<object?, object?>> Items => _items ?? [];

    /// <summary>What an OrderedDict carries beside its entries; null for most.</summary>
    public PickleDict? Attributes { get; set; }

    public void Set(object? key, object? value) => (_items ??= []).Add(new(key, value));

    /// <summary>The entries whose keys are strings, last value wins, in the order of first appearance.</summary>
    public List<KeyValuePair<string, object?>> Named()
    {
        var order = new List<string>();
        var values = new Dictionary<string, object?>();
        foreach (var (key, value) in Items)
        {
            if (key is not string name)
                continue;
            if (!values.ContainsKey(name))
                order.Add(name);
            values[name] = value;
        }

        return [.. order.Select(n => KeyValuePair.Create(n, values[n]))];
    }
}

/// <summary>A name of the allowed list that stands for a class or function.</summary>
internal sealed record PickleGlobal(string Name);

/// <summary>A storage that the pickle refers to; its bytes lie elsewhere in the file.</summary>
internal sealed record PickleStorage(WeightType Type, string Key, long Count);

/// <summary>A tensor: a strided view of a storage, all in elements.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, int[] Shape, long[] Strides);

/// <summary>An array of bytes, or the description of its elements, as numpy pickles them.</summary>
internal sealed class PickleArray
{
    /// <summary>What numpy calls the element type: <c>u1</c>; null of an array that has none yet.</summary>
    public string? Type { get; init; }

    /// <summary>Extents.</summary>
    public int[] Shape { get; private set; } = [];

    /// <summary>Elements, row by row.</summary>
    public byte[] Data { get; private set; } = [];

    /// <summary>Takes in the state: of an array (version, shape, type, column by column, bytes); that of a type says nothing new.</summary>
    public void Build(object? state)
    {
        if (Type is not null)
            return;
        if (state is not PickleTuple { Items: [_, PickleTuple shape, PickleArray { Type: "u1" }, false, byte[] data] })
            throw new PickleException("has an array that is not one of bytes, stored row by row");
        int[] extents = [.. shape.Items.Select(e => e is long n and >= 0 and <= int.MaxValue ? (int)n
            : throw new PickleException("has an array of an impossible shape"))];
        if (extents.Aggregate(1L, (product, e) => Math.Min(long.MaxValue / int.MaxValue, product * e)) != data.Length)
            throw new PickleException($"has an array [{string.Join(',', extents)}] of {data.Length} bytes");
        (Shape, Data) = (extents, data);
    }
}

/// <summary>Something wrong in a pickle; the file reader adds the file's name.</summary>
internal sealed class PickleException(string message) : Exception(message);
