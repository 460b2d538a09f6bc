namespace NativeEngine.Nn;

/// <summary>The classes and functions that a pickle may name; none of them is executed.</summary>
/// <param name="Find">The object of a module and a name; throws for every other.</param>
/// <param name="Call">What a call of one makes.</param>
internal sealed record PickleNames(Func<string, string, PickleGlobal> Find, Func<PickleGlobal, object?[], object?> Call)
{
    /// <summary>Those of checkpoints.</summary>
    public static PickleNames Torch { get; } = new(TorchGlobals.Find, TorchGlobals.Call);

    /// <summary>Strings of Python 2 are bytes: they hold the elements of arrays.</summary>
    public bool StringsAreBytes { get; init; }
}
