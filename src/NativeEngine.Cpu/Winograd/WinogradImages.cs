namespace NativeEngine.Cpu.Winograd;

/// <summary>Sizes of a 3 x 3 convolution as the Winograd steps see it; backward-data is one from dy to dx with its own padding.</summary>
/// <param name="Images">images</param>
/// <param name="InH">rows of the input image</param>
/// <param name="InW">columns of the input image</param>
/// <param name="Inner">channels of the input image, summed over</param>
/// <param name="OutH">rows of the output image</param>
/// <param name="OutW">columns of the output image</param>
/// <param name="Outer">channels of the output image</param>
/// <param name="PadH">the window of the first tile begins at input pixel (-PadH, -PadW)</param>
/// <param name="PadW">see <paramref name="PadH"/></param>
internal readonly record struct WinogradImages(int Images, int InH, int InW, int Inner, int OutH, int OutW, int Outer, int PadH, int PadW);
