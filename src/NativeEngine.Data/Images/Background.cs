using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>The colour that transparent pictures are laid over.</summary>
public readonly record struct Background(byte Red, byte Green, byte Blue)
{
    /// <summary>Reads <c>white</c>, <c>black</c> or three numbers <c>R,G,B</c> of 0 … 255; an empty text is none.</summary>
    /// <exception cref="UsageException">It is none of these.</exception>
    public static Background? Parse(string? text)
    {
        if (text is null)
            return null;
        if (text is "white")
            return new Background(255, 255, 255);
        if (text is "black")
            return new Background(0, 0, 0);
        var parts = text.Split(',');
        if (parts.Length == 3 && byte.TryParse(parts[0], out byte red) && byte.TryParse(parts[1], out byte green) && byte.TryParse(parts[2], out byte blue))
            return new Background(red, green, blue);
        throw new UsageException($"background '{text}': expected white, black or three numbers of 0..255 as R,G,B");
    }
}
