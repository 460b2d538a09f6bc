namespace NativeEngine.Verify;

/// <summary>What came out of replaying a reference case.</summary>
/// <param name="Name">The case: its file's stem.</param>
/// <param name="Status">Pass, fail or unsupported.</param>
/// <param name="Tolerance">What was allowed.</param>
/// <param name="Tensors">All comparisons; empty when unsupported.</param>
/// <param name="Reason">Why it is unsupported, or what is known of a failure; empty otherwise.</param>
public sealed record CaseOutcome(string Name, CaseStatus Status, Tolerance Tolerance, IReadOnlyList<Comparison> Tensors, string Reason)
{
    /// <summary>The comparison closest to failing, or furthest beyond.</summary>
    public Comparison? Worst => Tensors.MaxBy(t => t.Excess);

    /// <summary>The line a person reads: <c>pass conv2d_s2_g4  max err 3.1e-06 (tol 1.0e-05 + 1.0e-04·|x|)  worst: grad.weight[12,3,0,1]</c>.</summary>
    public override string ToString() => Status switch
    {
        CaseStatus.Unsupported => $"unsupported {Name}  {Reason}",
        CaseStatus.Pass => $"pass {Name}  max err {Worst!.MaxError:0.0e+00} ({Tolerance})  worst: {Worst.Name}{Worst.Worst}",
        _ => $"{(Reason.Length > 0 ? $"note {Name}  {Reason}\n" : "")}fail {Name}  max err {Worst!.MaxError:0.0e+00} ({Tolerance})  worst: "
            + $"{Worst.Name}{Worst.Worst}  {Worst.Detail}",
    };
}
