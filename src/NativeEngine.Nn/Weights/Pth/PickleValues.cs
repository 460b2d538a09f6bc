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

/// <summary>Something wrong in a pickle; the file reader adds the file's name.</summary>
internal sealed class PickleException(string message) : Exception(message);
