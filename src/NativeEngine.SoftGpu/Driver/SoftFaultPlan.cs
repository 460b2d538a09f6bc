using System.Globalization;
using NativeEngine.Core;
using NativeEngine.Cuda;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>
/// Planned failures as text, for programs that take them from the environment. Items are separated by commas:
/// <c>cuLaunchKernel@40=701</c> (the 40th call fails with status 701; with a <c>!</c> at the end the context stays broken),
/// <c>wrong:forward/1</c> (convolution algorithm 1 of forward, backward_data or backward_filter gives wrong numbers),
/// <c>missing:cuGraphLaunch</c> (an optional symbol is not there), <c>driver=9020</c> (the driver's version), <c>memory_mib=24</c>.
/// </summary>
public static class SoftFaultPlan
{
    /// <summary>The options with the failures that <paramref name="text"/> plans.</summary>
    /// <exception cref="UsageException">An item cannot be read.</exception>
    public static SoftGpuOptions Apply(string text, SoftGpuOptions options)
    {
        foreach (string item in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            options = ApplyItem(item, options) ?? throw new UsageException(
                $"software GPU fault '{item}': expected FUNCTION@N=STATUS[!], wrong:PASS/ALGORITHM, missing:SYMBOL, driver=VERSION or memory_mib=N");
        return options;
    }

    private static SoftGpuOptions? ApplyItem(string item, SoftGpuOptions options)
    {
        if (Rest(item, "missing:") is { Length: > 0 } symbol)
            return options with { MissingSymbols = [.. options.MissingSymbols, symbol] };
        if (Rest(item, "driver=") is { } version)
            return Number(version) is { } driver ? options with { DriverVersion = driver } : null;
        if (Rest(item, "memory_mib=") is { } size)
            return Number(size) is { } megabytes ? options with { MemoryBytes = (long)megabytes << 20 } : null;
        if (Rest(item, "wrong:")?.Split('/') is [var pass, var algorithm])
            return Pass(pass) is { } which && Number(algorithm) is { } number
                ? options with { WrongAlgorithms = [.. options.WrongAlgorithms, new WrongAlgorithm(which, number)] } : null;
        bool sticky = item.EndsWith('!');
        if (item.TrimEnd('!').Split('@', '=') is not [{ Length: > 0 } function, var nth, var status] || Number(nth) is not { } call
                || Number(status) is not { } code)
            return null;
        return options with { Faults = [.. options.Faults, new InjectedFault(function, call, code, sticky)] };
    }

    private static string? Rest(string item, string prefix) => item.StartsWith(prefix, StringComparison.Ordinal) ? item[prefix.Length..] : null;

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static ConvPass? Pass(string text) => text switch
    {
        "forward" => ConvPass.Forward,
        "backward_data" => ConvPass.BackwardData,
        "backward_filter" => ConvPass.BackwardFilter,
        _ => null,
    };
}
