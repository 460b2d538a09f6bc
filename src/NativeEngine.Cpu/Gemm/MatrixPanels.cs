namespace NativeEngine.Cpu.Gemm;

/// <summary>Panels of a matrix B[K, N], or of B stored transposed as [N, K].</summary>
internal readonly unsafe struct MatrixPanels(float* data, nint stride, bool transposed) : IPanelSource
{
    public void Pack(in PackedPanels panels, int block, int firstPanel, int endPanel)
    {
        if (transposed) panels.PackBlockTransposed(data, stride, block, firstPanel, endPanel);
        else panels.PackBlock(data, stride, block, firstPanel, endPanel);
    }
}
