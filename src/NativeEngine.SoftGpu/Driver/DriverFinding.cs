namespace NativeEngine.SoftGpu.Driver;

/// <summary>A use of the driver, cuBLAS or cuDNN that is wrong or relies on luck, although a GPU might let it pass.</summary>
/// <param name="Rule">Short name of the rule, for example <c>stream-race</c>.</param>
/// <param name="Call">The function that was called.</param>
/// <param name="Message">What was expected and what happened.</param>
public sealed record DriverFinding(string Rule, string Call, string Message)
{
    public override string ToString() => $"{Rule}: {Call}: {Message}";
}
