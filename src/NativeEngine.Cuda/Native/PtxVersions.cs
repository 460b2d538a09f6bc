namespace NativeEngine.Cuda.Native;

/// <summary>Which PTX ISA each driver generation compiles. An older <c>.version</c> always loads; a newer one is refused with status 222.</summary>
public static class PtxVersions
{
    private static readonly (int Driver, Version Ptx)[] Table =
    [
        (9000, new(6, 0)), (9010, new(6, 1)), (9020, new(6, 2)), (10000, new(6, 3)), (10010, new(6, 4)), (10020, new(6, 5)),
        (11000, new(7, 0)), (11010, new(7, 1)), (11020, new(7, 2)), (11030, new(7, 3)), (11040, new(7, 4)), (11050, new(7, 5)),
        (11060, new(7, 6)), (11070, new(7, 7)), (11080, new(7, 8)), (12000, new(8, 0)), (12010, new(8, 1)), (12020, new(8, 2)),
        (12030, new(8, 3)), (12040, new(8, 4)), (12050, new(8, 5)), (12070, new(8, 6)), (12080, new(8, 7)), (12090, new(8, 8)),
        (13000, new(9, 0)), (13010, new(9, 1)),
    ];

    /// <summary>The newest ISA a driver of <paramref name="driverVersion"/> (1000 * major + 10 * minor) compiles, or null when it is older than CUDA 9 or
    /// absent.</summary>
    public static Version? Maximum(int driverVersion)
    {
        Version? best = null;
        foreach (var (driver, ptx) in Table)
            if (driver <= driverVersion)
                best = ptx;
        return best;
    }
}
