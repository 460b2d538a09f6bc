namespace NativeEngine.Data;

/// <summary>How an image of another shape gets a size.</summary>
public enum ResizeMode
{
    /// <summary>The shorter side gets the size, the longer keeps the ratio.</summary>
    Shorter,

    /// <summary>Both sides are stretched.</summary>
    Squash,

    /// <summary>Black is added on both sides alike until the shape is right, then both are stretched.</summary>
    Letterbox,

    /// <summary>The whole image fits, the rest is the mean colour.</summary>
    Border,
}
