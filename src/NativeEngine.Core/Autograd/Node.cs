namespace NativeEngine.Core;

/// <summary>One recorded operation: its inputs, its output and how gradients flow back through it.</summary>
internal sealed class Node(string op, string layer, Tensor output, Tensor?[] inputs, Action<BackwardPass> backward, Tensor[] saved, int[] versions)
{
    public string Op { get; } = op;

    public string Layer { get; } = layer;

    public Tensor Output { get; } = output;

    public Tensor?[] Inputs { get; } = inputs;

    public Action<BackwardPass> Backward { get; } = backward;

    /// <summary>What backward reads, with the versions they had when they were saved.</summary>
    public Tensor[] Saved { get; } = saved;

    public int[] Versions { get; } = versions;

    /// <summary>The gradient of <see cref="Output"/> as far as it has been computed.</summary>
    public Tensor? Grad { get; private set; }

    /// <summary>Puts another buffer in the place of <see cref="Grad"/> and keeps the count of gradients that share one.</summary>
    public void SetGrad(Tensor? gradient)
    {
        if (gradient is not null)
            gradient.Storage.GradShares++;
        if (Grad is { } old)
        {
            old.Storage.GradShares--;
            old.Storage.ReleaseIfUnused();
        }

        Grad = gradient;
    }
}
