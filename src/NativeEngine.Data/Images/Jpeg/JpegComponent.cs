namespace NativeEngine.Data;

/// <summary>One colour component of a JPEG frame.</summary>
/// <param name="Id">As scans name it.</param>
/// <param name="H">Horizontal sampling factor.</param>
/// <param name="V">Vertical sampling factor.</param>
/// <param name="Table">Its quantisation table.</param>
internal sealed record JpegComponent(int Id, int H, int V, int Table)
{
    /// <summary>Samples across, without padding.</summary>
    public int Width { get; set; }

    /// <summary>Samples down, without padding.</summary>
    public int Height { get; set; }

    /// <summary>Blocks across, padded to whole interleaved units.</summary>
    public int BlocksAcross { get; set; }

    /// <summary>Blocks down, padded likewise.</summary>
    public int BlocksDown { get; set; }

    /// <summary>[BlocksDown, BlocksAcross, 8, 8], not yet multiplied by the quantisation table.</summary>
    public short[] Coefficients { get; set; } = [];
}
