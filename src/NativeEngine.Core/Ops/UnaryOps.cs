namespace NativeEngine.Core;

/// <summary>The table of element-wise functions: PyTorch's name and what backward keeps.</summary>
public static class UnaryOps
{
    private static readonly string[] UnaryNames = SnakeCase.OfMembers<UnaryOp>(), BinaryNames = SnakeCase.OfMembers<BinaryOp>();

    /// <summary>What the backward pass of <paramref name="op"/> reads.</summary>
    public static SavedOperand Saves(this UnaryOp op) => op switch
    {
        UnaryOp.Neg or UnaryOp.Affine => SavedOperand.None,
        UnaryOp.Relu or UnaryOp.Sigmoid or UnaryOp.Tanh or UnaryOp.Exp or UnaryOp.Sqrt => SavedOperand.Output,
        _ => SavedOperand.Input,
    };

    /// <summary>The name in errors, traces and kernels: <c>leaky_relu</c>.</summary>
    public static string SnakeName(this UnaryOp op) => UnaryNames[(int)op];

    /// <summary>The name in errors, traces and kernels: <c>add</c>.</summary>
    public static string SnakeName(this BinaryOp op) => BinaryNames[(int)op];
}
