using NativeEngine.Cpu.Gemm;

namespace NativeEngine.Cpu.Conv;

/// <summary>B[(tap, k), c] = w[k, tap, c]: the filter as backward-data multiplies it.</summary>
/// <param name="w">[K, R, S, C/groups] at the first filter of the group</param>
internal readonly unsafe struct TransposedFilterPanels(float* w, TapTable taps, int filters, int window, int channels) : IPanelSource
{
    public void Pack(in PackedPanels panels, int block, int firstPanel, int endPanel)
    {
        for (int panel = firstPanel; panel < endPanel; panel++) Pack(panels, block, panel);
    }

    private void Pack(in PackedPanels panels, int block, int panel)
    {
        int at = panels.Blocks.Start(block), end = at + panels.Blocks.Length(block);
        int width = panels.Vectors(panel) * panels.VectorWidth, column = panel * panels.PanelColumns;
        float* target = panels.At(block, panel);
        nint filterStride = (nint)window * channels;
        while (at < end)
        {
            int tap = at / filters, k = at - tap * filters;
            int run = Math.Min(filters - k, end - at);
            PackedPanels.PackRows(w + k * filterStride + taps.Filter[tap] * channels + column, filterStride, run, panels.Columns(panel), width, target);
            at += run;
            target += (nint)run * width;
        }
    }
}
