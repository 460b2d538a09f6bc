namespace NativeEngine.Core;

/// <summary>Sizes and settings of a classification loss.</summary>
/// <param name="Rows">Samples.</param>
/// <param name="Classes">Classes.</param>
/// <param name="Smoothing">Share of the target spread evenly over all classes (label smoothing), 0 … 1.</param>
/// <param name="IgnoreIndex">Rows with this target contribute nothing.</param>
/// <param name="Reduction">How rows combine; the mean divides by the summed class weights of the rows that count.</param>
/// <param name="Gamma">Exponent of <see cref="ClassLossOp.Focal"/>; the others do not read it.</param>
/// <param name="Scale">Factor of the value and of the gradient.</param>
public readonly record struct ClassLossSizes(int Rows, int Classes, double Smoothing, int IgnoreIndex, Reduction Reduction, double Gamma = 0, double Scale = 1);
