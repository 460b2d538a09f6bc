namespace NativeEngine.Data;

/// <summary>An operation of a policy's row.</summary>
/// <param name="Op">The operation.</param>
/// <param name="Probability">The chance that it is done.</param>
/// <param name="Level">Its level, 0 … 9.</param>
internal sealed record PolicyStep(PolicyOp Op, double Probability, int Level);
