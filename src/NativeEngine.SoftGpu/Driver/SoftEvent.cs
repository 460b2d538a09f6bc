namespace NativeEngine.SoftGpu.Driver;

/// <summary>A mark in a stream's order.</summary>
internal sealed class SoftEvent(SoftContext context, bool timed)
{
    public SoftContext Context { get; } = context;

    public bool Timed { get; } = timed;

    public bool Destroyed { get; set; }

    /// <summary>The last record outside a capture, or null.</summary>
    public Work? Recorded { get; set; }

    /// <summary>The capture it was last recorded in, or null.</summary>
    public SoftCapture? Capture { get; set; }

    /// <summary>The nodes it stands for in that capture.</summary>
    public List<GraphNode> CapturedNodes { get; } = [];
}
