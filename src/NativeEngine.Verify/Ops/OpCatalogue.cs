namespace NativeEngine.Verify;

/// <summary>
/// Every op of the engine with the inputs it is checked on: extents of 1, odd and ragged sizes, broadcasting, empty batches, ties.
/// A new op gets its rows in the partial file of its family; a test fails while it has none.
/// </summary>
public static partial class OpCatalogue
{
    /// <summary>All cases of all families.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
        [.. Memory(), .. Elementwise(), .. Reductions(), .. Products(), .. Convolutions(), .. Pools(), .. Norms(), .. Losses(), .. Optimizers()];

    /// <summary>Names of the ops that have cases.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(c => c.Op).Distinct().Order(StringComparer.Ordinal)];

    private static string Text(bool condition, string text) => condition ? text : "";
}
