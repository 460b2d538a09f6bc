namespace NativeEngine.Core;

/// <summary>The table of element-wise functions: PyTorch's name and what backward keeps.</summary>
public static class UnaryOps
{
    /// <summary>What the backward pass of <paramref name="op"/> reads.</summary>
    public static SavedOperand Saves(this UnaryOp op) => op switch
    {
        UnaryOp.Neg or UnaryOp.Affine => SavedOperand.None,
        UnaryOp.Relu or UnaryOp.Sigmoid or UnaryOp.Tanh or UnaryOp.Exp or UnaryOp.Sqrt => SavedOperand.Output,
        _ => SavedOperand.Input,
    };

    /// <summary>The name in errors, traces and kernels: <c>leaky_relu</c>.</summary>
    public static string SnakeName(this UnaryOp op) => Snake(op.ToString());

    /// <summary>The name in errors, traces and kernels: <c>add</c>.</summary>
    public static string SnakeName(this BinaryOp op) => Snake(op.ToString());

    internal static string Snake(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
