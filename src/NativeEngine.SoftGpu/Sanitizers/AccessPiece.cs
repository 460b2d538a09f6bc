namespace NativeEngine.SoftGpu;

/// <summary>
/// Part of a warp's access that is looked at in one go: neighbouring lanes that touch neighbouring addresses, several lanes that touch the same
/// address, or one lane.
/// </summary>
/// <param name="Lanes">The lanes.</param>
/// <param name="Address">First address; for a run, that of the lowest lane.</param>
/// <param name="Bytes">Bytes of the whole piece.</param>
/// <param name="IsRun">Lane after lane: the lowest lane has the first bytes.</param>
internal readonly record struct AccessPiece(uint Lanes, ulong Address, int Bytes, bool IsRun);
