using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>IDX files: Fashion-MNIST, EMNIST, own; see <see cref="IdxFolder"/>.</summary>
public class IdxFormat : DatasetFormat
{
    /// <inheritdoc/>
    public override string Name => "idx";

    /// <inheritdoc/>
    public override string Holds => "IDX files";

    /// <inheritdoc/>
    public override string Purpose => "images in IDX files";

    /// <summary>Ten classes are required, whatever labels occur.</summary>
    protected virtual bool Digits => false;

    /// <inheritdoc/>
    public override bool Recognises(string path) => IdxFolder.Contains(path);

    /// <inheritdoc/>
    public override string Locate(string? given) => DataLocator.Find(given);

    /// <inheritdoc/>
    public override (Dataset Train, Dataset? Eval) Load(DataRequest request)
    {
        string path = request.Path!;
        if (!IdxFolder.HasParts(path))
            throw new DataException(DataKind.Explain(path));
        var data = IdxFolder.Load(path, Digits);
        return (data.Train, data.Eval);
    }
}
