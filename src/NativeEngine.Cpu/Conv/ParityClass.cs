namespace NativeEngine.Cpu.Conv;

/// <summary>Input pixels (OffsetH + a * StrideH, OffsetW + b * StrideW) with a &lt; GridH, b &lt; GridW, and the taps they see.</summary>
internal sealed record ParityClass(int OffsetH, int OffsetW, int GridH, int GridW, TapTable Taps);
