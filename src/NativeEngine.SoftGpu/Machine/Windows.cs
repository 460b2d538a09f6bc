namespace NativeEngine.SoftGpu;

/// <summary>
/// Where the windows of shared, local and parameter memory lie in the generic address space. Global and constant memory have their own (host)
/// addresses, which never reach these values.
/// </summary>
internal static class Windows
{
    /// <summary>Functions have addresses here, which no memory instruction can reach.</summary>
    public const ulong Code = 0xFB00_0000_0000_0000;

    public const ulong Param = 0xFC00_0000_0000_0000;
    public const ulong Local = 0xFD00_0000_0000_0000;
    public const ulong Shared = 0xFE00_0000_0000_0000;
    public const ulong Size = 1UL << 32;

    /// <summary>The space a generic address points into.</summary>
    public static PtxSpace SpaceOf(ulong address) => address switch
    {
        >= Shared and < Shared + Size => PtxSpace.Shared,
        >= Local and < Local + Size => PtxSpace.Local,
        >= Param and < Param + Size => PtxSpace.Param,
        _ => PtxSpace.Global,
    };

    /// <summary>The address of a function: what a function pointer holds.</summary>
    public static ulong AddressOf(PtxFunction function) => Code + 16 * (ulong)(function.Target.Index + 1);

    /// <summary>Generic address of offset 0 of a space.</summary>
    public static ulong BaseOf(PtxSpace space) => space switch
    {
        PtxSpace.Shared => Shared,
        PtxSpace.Local => Local,
        PtxSpace.Param => Param,
        _ => 0,
    };
}
