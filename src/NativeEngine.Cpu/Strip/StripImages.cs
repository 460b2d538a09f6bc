using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Strip;

/// <summary>The strips of a batch of images.</summary>
internal readonly unsafe struct StripImages(CpuContext context, StripSizes sizes, float* x)
{
    private const int ScratchStrip = 0;

    /// <summary>Which image and which output rows a unit of work covers.</summary>
    public (int Image, int FirstRow, int EndRow) Rows(int unit)
    {
        int image = unit / sizes.Bands, band = unit % sizes.Bands;
        return (image, (int)((long)sizes.OutH * band / sizes.Bands), (int)((long)sizes.OutH * (band + 1) / sizes.Bands));
    }

    /// <summary>The strip that output rows [firstRow, endRow) read: the image itself, or a copy with borders.</summary>
    public float* Load(int worker, int image, int firstRow, int endRow)
    {
        float* pixels = x + (nint)image * sizes.InH * sizes.InW * sizes.Inner;
        if (!sizes.IsPadded) return pixels + (nint)firstRow * sizes.StrideH * sizes.RowFloats;
        int rows = (endRow - firstRow - 1) * sizes.StrideH + sizes.Reach;
        float* strip = context.Scratch.Get(worker, ScratchStrip, (long)rows * sizes.RowFloats);
        Copy(pixels, firstRow * sizes.StrideH - sizes.PadH, rows, strip);
        return strip;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Copy(float* pixels, int firstRow, int rows, float* strip)
    {
        nint before = Math.Min(sizes.PadW * sizes.Inner, sizes.RowFloats), inside = Math.Min((nint)sizes.InW * sizes.Inner, sizes.RowFloats - before);
        for (int i = 0; i < rows; i++, strip += sizes.RowFloats)
        {
            int row = firstRow + i;
            if ((uint)row >= (uint)sizes.InH)
            {
                VectorCopy.Zero(strip, sizes.RowFloats);
                continue;
            }
            VectorCopy.Zero(strip, before);
            VectorCopy.Copy(strip + before, pixels + (nint)row * sizes.InW * sizes.Inner, inside);
            VectorCopy.Zero(strip + before + inside, sizes.RowFloats - before - inside);
        }
    }
}
