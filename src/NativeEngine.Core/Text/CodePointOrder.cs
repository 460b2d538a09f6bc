namespace NativeEngine.Core;

/// <summary>
/// The one order of class names and file names: by Unicode code points, as Python sorts strings, numbers or not (<c>1, 10, 2</c>). torchvision numbers
/// classes in this order, so weights whose classes have no names mean the same here. <see cref="StringComparer.Ordinal"/> compares UTF-16 units, which
/// puts U+1F600 in front of U+FF21.
/// </summary>
public sealed class CodePointOrder : IComparer<string>
{
    /// <summary>The order.</summary>
    public static readonly CodePointOrder Instance = new();

    private CodePointOrder()
    {
    }

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        int common = x.AsSpan().CommonPrefixLength(y);
        return common == x.Length || common == y.Length ? x.Length - y.Length : Rank(x[common]) - Rank(y[common]);
    }

    // Surrogates stand for code points above all other units.
    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
