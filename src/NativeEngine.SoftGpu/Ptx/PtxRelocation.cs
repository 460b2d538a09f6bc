namespace NativeEngine.SoftGpu;

/// <summary>An address inside a variable's first contents: known when the module is loaded.</summary>
/// <param name="At">Byte offset in the variable.</param>
/// <param name="Bytes">Bytes it takes there.</param>
/// <param name="Variable">The variable it is the address of, or null.</param>
/// <param name="Function">The function it is the address of, or null.</param>
/// <param name="Offset">Bytes added.</param>
/// <param name="Shift">Bits the address is shifted right, for one byte of an address.</param>
internal sealed record PtxRelocation(int At, int Bytes, PtxVariable? Variable, PtxFunction? Function, long Offset, int Shift);
