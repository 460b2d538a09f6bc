namespace NativeEngine.SoftGpu;

/// <summary>The limits a launch must keep, as on hardware.</summary>
internal static class LaunchChecks
{
    private const int MaximumThreads = 1024;

    /// <summary>What hardware can give a thread.</summary>
    public const int MaximumLocalBytes = 512 << 10;

    /// <summary>The first broken limit as a finding, or null.</summary>
    public static Finding? Find(GpuFunction function, Dim3 grid, Dim3 block, int dynamicShared, int shared, int parameterBytes, LaunchOptions options)
    {
        string? problem = Problem(function, grid, block, dynamicShared, shared, parameterBytes, options);
        if (problem is null)
            return null;
        var place = new FindingPlace(function.Name, default, default, function.Module.Ptx.File, function.Entry.Line, "", "", 0);
        return new Finding(FindingKind.Launch, problem, place);
    }

    private static string? Problem(GpuFunction function, Dim3 grid, Dim3 block, int dynamicShared, int shared, int parameterBytes, LaunchOptions options)
    {
        if (grid.X < 1 || grid.Y < 1 || grid.Z < 1)
            return $"grid {grid} is empty";
        if (grid.Y > 65535 || grid.Z > 65535)
            return $"grid {grid} is larger than (2147483647,65535,65535)";
        if (block.X < 1 || block.Y < 1 || block.Z < 1)
            return $"block {block} is empty";
        if (block.X > MaximumThreads || block.Y > MaximumThreads || block.Z > 64 || block.Count > MaximumThreads)
            return $"block {block} has {block.Count} threads, at most (1024,1024,64) and {MaximumThreads} in all are possible";
        if (function.Entry.RequiredThreads is { } required && block != required)
            return $"block {block} is not the {required} that .reqntid demands";
        if (block.Count > function.MaxThreadsPerBlock)
            return $"block {block} has {block.Count} threads, .maxntid allows {function.MaxThreadsPerBlock}";
        if (dynamicShared < 0)
            return $"{dynamicShared} bytes of dynamic shared memory";
        if (shared > options.SharedMemoryLimit || shared < 0)
            return $"{function.SharedBytes} static and {dynamicShared} dynamic bytes of shared memory are more than the limit of {options.SharedMemoryLimit}";
        if (function.LocalBytes > MaximumLocalBytes)
            return $"{function.LocalBytes} bytes of local memory per thread are more than the limit of {MaximumLocalBytes}";
        if (parameterBytes != function.Entry.ParameterBytes)
            return $"{parameterBytes} bytes of parameters were given, the kernel takes {function.Entry.ParameterBytes}";
        return options.IsCooperative ? Residency.Problem(grid, block, shared, options.Multiprocessors) : null;
    }
}
