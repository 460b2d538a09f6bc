namespace NativeEngine.SoftGpu;

/// <summary>Small random generator (splitmix64) of shuffled schedules; one sequence for each seed and block.</summary>
internal struct ScheduleRandom(ulong seed, ulong stream)
{
    private ulong _state = Mix(seed ^ Mix(stream + 0x9E37_79B9_7F4A_7C15));

    /// <summary>A number in 0 .. bound-1.</summary>
    public int Next(int bound) => (int)((NextBits() >> 32) * (ulong)bound >> 32);

    public ulong NextBits()
    {
        _state += 0x9E37_79B9_7F4A_7C15;
        return Mix(_state);
    }

    /// <summary>Spreads the bits of a value (finaliser of splitmix64).</summary>
    public static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }
}
