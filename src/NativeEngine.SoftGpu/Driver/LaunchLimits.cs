using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>What a launch may ask for (compute capability 7.0 to 12.0).</summary>
internal static class LaunchLimits
{
    public const int MaxThreads = 1024;
    public const int MaxBlockZ = 64;
    public const int MaxGridYZ = 65535;
    public const int MaxSharedOptin = 99 * 1024;

    /// <exception cref="DriverException">A limit is exceeded.</exception>
    public static void Check(SoftFunction function, Dim3 grid, Dim3 block, uint dynamicShared)
    {
        string name = function.Kernel.Name;
        if (grid.X <= 0 || grid.Y is <= 0 or > MaxGridYZ || grid.Z is <= 0 or > MaxGridYZ)
            throw new DriverException(CuResult.InvalidValue, $"{name}: grid {grid} must be within 1..(2147483647,{MaxGridYZ},{MaxGridYZ})");
        if (block.X is <= 0 or > MaxThreads || block.Y is <= 0 or > MaxThreads || block.Z is <= 0 or > MaxBlockZ || block.Count > MaxThreads)
            throw new DriverException(CuResult.InvalidValue,
                $"{name}: block {block} must have 1..{MaxThreads} threads within ({MaxThreads},{MaxThreads},{MaxBlockZ})");
        if (block.Count > function.Kernel.MaxThreads)
            throw new DriverException(CuResult.InvalidValue, $"{name}: block {block} has {block.Count} threads, .maxntid allows {function.Kernel.MaxThreads}");
        if (dynamicShared > function.MaxDynamicShared)
            throw new DriverException(CuResult.InvalidValue,
                $"{name}: {dynamicShared} bytes of dynamic shared memory, {function.MaxDynamicShared} allowed beside {function.Kernel.SharedBytes} "
                    + "static ones");
    }
}
