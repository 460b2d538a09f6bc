namespace NativeEngine.Nn;

/// <summary><see cref="ModelOptions"/> with the model's defaults filled in.</summary>
/// <param name="NumClasses">Length of the logits.</param>
/// <param name="InChans">Channels of the input images.</param>
/// <param name="ImgSize">Height and width of the input images.</param>
/// <param name="Drop">Dropout probability in front of the classifier, or inside the blocks of a wide residual net.</param>
/// <param name="DropPath">Stochastic depth of the last residual block.</param>
public sealed record ModelSettings(int NumClasses, int InChans, int ImgSize, double Drop, double DropPath);
