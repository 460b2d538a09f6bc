namespace NativeEngine.Core;

/// <summary>The table of losses of class ids.</summary>
public static class ClassLossOps
{
    /// <summary>The name in errors and traces: <c>cross_entropy</c>, <c>nll_loss</c>, <c>focal_loss</c>, ….</summary>
    public static string SnakeName(this ClassLossOp op) => op == ClassLossOp.CrossEntropy ? "cross_entropy" : SnakeCase.Of(op.ToString()) + "_loss";
}
