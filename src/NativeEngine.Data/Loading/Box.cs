namespace NativeEngine.Data;

/// <summary>A part of an image that shows something, in pixels of the image as the model sees it; right and bottom lie outside.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Right">Column behind the last.</param>
/// <param name="Bottom">Row behind the last.</param>
/// <param name="Class">What it shows.</param>
public readonly record struct Box(float Left, float Top, float Right, float Bottom, int Class);
