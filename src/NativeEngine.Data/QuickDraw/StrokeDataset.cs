using System.Diagnostics.CodeAnalysis;

namespace NativeEngine.Data;

/// <summary>Drawings that are kept as strokes and drawn whenever they are read.</summary>
internal sealed class StrokeDataset : Dataset
{
    private const int Measured = 2000;

    private readonly byte[][] _drawings;
    private readonly int[] _labels;
    private readonly string[] _keys;
    private readonly StrokeRaster _raster;

    [SetsRequiredMembers]
    private StrokeDataset(string name, byte[][] drawings, int[] labels, string[] keys, IReadOnlyList<string> classes, StrokeOptions options)
    {
        (_drawings, _labels, _keys, _raster) = (drawings, labels, keys, new StrokeRaster(options.Size, options.LineWidth, options.Channels));
        (Name, Classes, Channels, Height, Width) = (name, classes, options.Channels, options.Size, options.Size);
        (Mean, Std) = (new float[Channels], new float[Channels]);
        var histogram = new PixelHistogram(Channels);
        var pixels = new byte[ImageBytes];
        for (int i = 0; i < drawings.Length; i += Math.Max(1, drawings.Length / Measured))
        {
            Read(i, pixels);
            histogram.Add(pixels);
        }

        var moments = histogram.Moments();
        (Mean, Std) = (moments.Mean, moments.Std);
    }

    public override int Count => _drawings.Length;

    /// <summary>Drawings with their classes. Mean and deviation are measured on some two thousand of them.</summary>
    public static StrokeDataset Of(string name, byte[][] drawings, int[] labels, string[] keys, IReadOnlyList<string> classes, StrokeOptions options) =>
        new(name, drawings, labels, keys, classes, options);

    public override int Label(int index) => _labels[index];

    public override string Key(int index) => _keys[index];

    public override void Read(int index, Span<byte> pixels) => _raster.Draw(_drawings[index], pixels);
}
