namespace NativeEngine.SoftGpu;

/// <summary>A register of an entry: its name as written, its type, and its number among the entry's used registers.</summary>
public sealed record PtxRegister(string Name, PtxType Type, int Index);
