namespace NativeEngine.Train;

/// <summary>How a picture that is evaluated gets the size of the model.</summary>
public enum CropMode
{
    /// <summary>Shrunk until the shorter side is size / crop_pct, the centre cut out.</summary>
    Center,

    /// <summary>Stretched.</summary>
    Squash,

    /// <summary>The whole picture fits, the rest is grey.</summary>
    Border,
}
