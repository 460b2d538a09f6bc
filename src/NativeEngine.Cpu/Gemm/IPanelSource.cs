namespace NativeEngine.Cpu.Gemm;

/// <summary>The right operand of a product: something that can fill packed panels.</summary>
internal interface IPanelSource
{
    /// <summary>Packs panels [<paramref name="firstPanel"/>, <paramref name="endPanel"/>) of one k-block.</summary>
    void Pack(in PackedPanels panels, int block, int firstPanel, int endPanel);
}
