namespace NativeEngine.SoftGpu;

/// <summary>Which PTX versions (times ten) and targets have an instruction form.</summary>
/// <param name="Version">First version.</param>
/// <param name="Target">First target.</param>
/// <param name="RemovedVersion">The version that took the form away from newer targets, 0 when none did.</param>
/// <param name="RemovedTarget">First target it was taken away from.</param>
internal readonly record struct FormLimits(int Version, int Target, int RemovedVersion, int RemovedTarget)
{
    /// <summary>Reads up to four numbers in the order of the fields; absent ones are 0.</summary>
    public static FormLimits Parse(string text)
    {
        int[] numbers = [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse), 0, 0, 0, 0];
        return new FormLimits(numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    /// <summary>Why a module of this version and target cannot use the form, or null when it can.</summary>
    public string? Refusal(PtxModule module)
    {
        if (Version > module.Version || Target > module.Target)
            return $"needs PTX version {Spell(Math.Max(Version, 30))} and target sm_{Target}";
        return RemovedVersion > 0 && module.Version >= RemovedVersion && module.Target >= RemovedTarget
            ? $"does not exist from PTX version {Spell(RemovedVersion)} and target sm_{RemovedTarget} on"
            : null;
    }

    private static string Spell(int version) => $"{version / 10}.{version % 10}";
}
