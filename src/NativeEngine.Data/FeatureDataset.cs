using System.Diagnostics.CodeAnalysis;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Images that a frozen part of a model has already been through: what is read of one is its features instead of its pixels.</summary>
public sealed class FeatureDataset : DerivedDataset
{
    private readonly byte[][] _rows;
    private readonly byte[][]? _rest;
    private readonly int _restSize;

    [SetsRequiredMembers]
    private FeatureDataset(Dataset source, byte[][] rows, byte[][]? rest, int restSize, int length, DType type)
        : base(source) => (_rows, _rest, _restSize, Length, Type) = (rows, rest, restSize, length, type);

    /// <summary>Features of one image.</summary>
    public int Length { get; }

    /// <summary>Their type.</summary>
    public DType Type { get; }

    /// <inheritdoc/>
    public override int ImageBytes => Length * Type.Size();

    /// <summary>Puts features beside the images they were computed from.</summary>
    /// <param name="source">The images: their labels, classes and names.</param>
    /// <param name="rows">The features of each image, <paramref name="length"/> elements as bytes.</param>
    /// <param name="length">Features of one image.</param>
    /// <param name="type">Their type.</param>
    /// <param name="rest">The features as they come out of batches of <paramref name="restSize"/> images, where that rounds otherwise.</param>
    /// <param name="restSize">Size of an epoch's last batch.</param>
    public static FeatureDataset Of(Dataset source, byte[][] rows, int length, DType type, byte[][]? rest = null, int restSize = 0) =>
        new(source, rows, rest, restSize, length, type);

    /// <inheritdoc/>
    public override void Read(int index, Span<byte> pixels) => _rows[index].CopyTo(pixels);

    /// <summary>Copies the features of an image as they come out of a batch of <paramref name="batch"/> images.</summary>
    public void Read(int index, int batch, Span<byte> pixels) => (_rest is not null && batch == _restSize ? _rest : _rows)[index].CopyTo(pixels);
}
