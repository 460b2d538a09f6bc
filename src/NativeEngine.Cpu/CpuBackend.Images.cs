using NativeEngine.Core;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void ImageBatch(in ImageBatchSizes s, Tensor pixels, Tensor place, Tensor mean, Tensor std, Tensor y)
    {
        // One table of 256 values per channel replaces the arithmetic per pixel.
        var table = _context.Memory.Rent((long)s.C * 256 * sizeof(float));
        try
        {
            for (int c = 0; c < s.C; c++)
            {
                float m = Floats(mean)[c], d = Floats(std)[c];
                for (int v = 0; v < 256; v++)
                    table.Floats[v * s.C + c] = (v / 255f - m) / d;
            }

            long rows = (long)s.N * s.OutH;
            var parts = Partition.Of(rows, Math.Max(1, Grain / Math.Max(1, (long)s.OutW * s.C)));
            _context.Pool.Run(parts.Chunks, new ImageLoop(parts, s, Bytes(pixels), Ints(place), table.Floats, Floats(y)));
        }
        finally
        {
            _context.Memory.Return(table);
        }
    }

    /// <summary>Rows of the batch. A flipped image is mirrored after it was shifted.</summary>
    private readonly struct ImageLoop(Partition parts, ImageBatchSizes s, byte* pixels, int* place, float* table, float* y) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            int channels = s.C;
            long end = parts.End(chunk);
            for (long row = parts.Start(chunk); row < end; row++)
            {
                int n = (int)(row / s.OutH), h = (int)(row % s.OutH);
                int sourceRow = h + place[3 * n] - (s.OutH - s.H) / 2, shift = place[3 * n + 1] - (s.OutW - s.W) / 2;
                bool flip = place[3 * n + 2] != 0;
                float* target = y + row * s.OutW * channels;
                if ((uint)sourceRow >= (uint)s.H)
                {
                    new Span<float>(target, s.OutW * channels).Fill((float)s.Fill);
                    continue;
                }

                byte* source = pixels + ((long)n * s.H + sourceRow) * s.W * channels;
                for (int w = 0; w < s.OutW; w++)
                {
                    int column = (flip ? s.OutW - 1 - w : w) + shift;
                    bool inside = (uint)column < (uint)s.W;
                    for (int c = 0; c < channels; c++)
                        target[w * channels + c] = inside ? table[source[column * channels + c] * channels + c] : (float)s.Fill;
                }
            }
        }
    }
}
