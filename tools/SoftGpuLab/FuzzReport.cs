namespace NativeEngine.SoftGpu.Lab;

/// <summary>What a fuzz run saw.</summary>
/// <param name="Inputs">Mutated texts tried.</param>
/// <param name="Refused">Refused by the parser with a place.</param>
/// <param name="Accepted">Accepted, decoded and run.</param>
/// <param name="Clean">Of these, launches without a finding.</param>
/// <param name="Failures">What must not happen: other exceptions, hangs, instructions that were not read as written.</param>
public sealed record FuzzReport(int Inputs, int Refused, int Accepted, int Clean, IReadOnlyList<string> Failures)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Inputs} inputs: {Refused} refused, {Accepted} accepted and run ({Clean} without findings), {Failures.Count} failures"
            + string.Concat(Failures.Select(f => "\n" + f));
}
