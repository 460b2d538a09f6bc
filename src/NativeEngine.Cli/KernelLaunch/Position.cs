using System.Globalization;
using NativeEngine.Core;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>Reads <c>x</c>, <c>x,y</c> or <c>x,y,z</c>.</summary>
internal static class Position
{
    /// <summary>Reads a position or an extent; parts that are left out are <paramref name="rest"/>.</summary>
    /// <exception cref="UsageException">The text is not one to three whole numbers.</exception>
    public static Dim3 Parse(string option, string text, int rest)
    {
        string[] parts = text.Split(',');
        int[] values = [rest, rest, rest];
        if (parts.Length > 3)
            throw new UsageException($"{option} {text}: expected x, x,y or x,y,z");
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out values[i]))
                throw new UsageException($"{option} {text}: '{parts[i]}' is not a whole number");
        }
        return new Dim3(values[0], values[1], values[2]);
    }
}
