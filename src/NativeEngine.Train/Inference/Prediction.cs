namespace NativeEngine.Train;

/// <summary>One guess.</summary>
/// <param name="Class">Index of the class.</param>
/// <param name="Name">Name of the class.</param>
/// <param name="Probability">0 … 1.</param>
public sealed record Prediction(int Class, string Name, double Probability);
