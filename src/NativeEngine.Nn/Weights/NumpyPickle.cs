using System.Text;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Reads a pickled dict of byte arrays, numbers, texts and lists of them, as CIFAR's Python files are. Nothing is executed: the only names are numpy's for an
/// array of bytes, and Python's for bytes in a text.
/// </summary>
public static class NumpyPickle
{
    private static readonly PickleNames Names = new(Find, Call) { StringsAreBytes = true };

    /// <summary>The entries by name: <see cref="Array"/>, long, string, or lists of them; other values are left out.</summary>
    /// <param name="bytes">The pickle.</param>
    /// <param name="name">Stands for it in errors.</param>
    /// <exception cref="DataException">It is damaged, names something else, or is no dict.</exception>
    public static IReadOnlyDictionary<string, object> Read(ReadOnlyMemory<byte> bytes, string name)
    {
        try
        {
            if (new PickleReader(bytes, _ => throw new PickleException("refers to storages"), Names).Read() is not PickleDict dict)
                throw new PickleException("is no dict");
            var result = new Dictionary<string, object>();
            foreach (var (key, value) in dict.Items)
            {
                if (Text(key) is { } text && Value(value) is { } known)
                    result[text] = known;
            }

            return result;
        }
        catch (PickleException e)
        {
            throw new DataException($"{name} {e.Message}", e);
        }
    }

    private static object? Value(object? value) => value switch
    {
        PickleArray { Type: null } array => new Array(array.Shape, array.Data),
        long number => number,
        List<object?> list when list.TrueForAll(i => i is long) => list.ConvertAll(i => (long)i!),
        List<object?> list => list.ConvertAll(i => Text(i) ?? ""),
        _ => Text(value),
    };

    private static string? Text(object? value) => value as string ?? (value is byte[] bytes ? Encoding.Latin1.GetString(bytes) : null);

    private static PickleGlobal Find(string module, string name) => (module, name) switch
    {
        ("numpy.core.multiarray" or "numpy._core.multiarray", "_reconstruct") => new("reconstruct"),
        ("numpy", "ndarray") => new("ndarray"),
        ("numpy", "dtype") => new("dtype"),
        ("_codecs", "encode") => new("encode"),
        _ => throw new PickleException($"names {module}.{name}; only arrays of bytes are read, and nothing is executed"),
    };

    private static object? Call(PickleGlobal function, object?[] arguments) => (function.Name, arguments) switch
    {
        ("reconstruct", _) => new PickleArray(),
        ("dtype", [var type, ..]) => new PickleArray { Type = Text(type) ?? "" },
        ("encode", [string text, ..]) => Encoding.Latin1.GetBytes(text), // how Python 3 writes bytes for Python 2
        _ => throw new PickleException($"calls {function.Name} otherwise than numpy does"),
    };

    /// <summary>An array of bytes.</summary>
    /// <param name="Shape">Extents.</param>
    /// <param name="Data">Elements, row by row.</param>
    public sealed record Array(IReadOnlyList<int> Shape, byte[] Data);
}
