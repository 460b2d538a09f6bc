namespace NativeEngine.Data;

/// <summary>MNIST's digits in IDX files: ten classes.</summary>
public sealed class MnistFormat : IdxFormat
{
    /// <inheritdoc/>
    public override string Name => "mnist";

    /// <inheritdoc/>
    protected override bool Digits => true;
}
