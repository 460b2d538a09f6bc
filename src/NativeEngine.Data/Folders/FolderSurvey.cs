using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>What a folder of pictures holds, seen from the names of all and the pixels of a few.</summary>
/// <param name="Images">Images to train on.</param>
/// <param name="Classes">Classes.</param>
/// <param name="HasEval">True where it has a part for validation.</param>
/// <param name="ShorterSide">The median of the shorter sides, in pixels.</param>
/// <param name="IsGrey">No picture that was looked at has colours.</param>
public sealed record FolderSurvey(int Images, int Classes, bool HasEval, int ShorterSide, bool IsGrey)
{
    private const int Looked = 24;

    /// <summary>Looks through a folder; pictures that cannot be read are passed over, loading names them.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="allowEmpty">Folders without images are classes, too.</param>
    /// <exception cref="DataException">No classes, no images, or none that can be read.</exception>
    public static FolderSurvey Of(string path, bool allowEmpty = false) => Of(FolderLayout.Find(path, allowEmpty));

    /// <summary>Looks at some pictures of a layout.</summary>
    public static FolderSurvey Of(FolderLayout layout)
    {
        string path = layout.Path;
        if (layout.Train is not { Count: > 0 } train)
            throw new DataException(layout is { Train: null, Eval: { } eval }
                ? $"{path} holds the part {Path.GetFileName(eval.Path)} but no part train; to train on it and hold some of it out, name {eval.Path} as data"
                    : $"{path}: no images to train on");
        string[] images = [.. train.Classes.SelectMany(c => c.Images.Select(i => Path.Join(c.Path, i)))];
        var sides = new List<int>();
        bool grey = true;
        DataException? failure = null;
        int step = Math.Max(1, images.Length / Looked);
        for (int i = 0; i < images.Length; i += step)
        {
            try
            {
                var image = ImageReader.Read(images[i]);
                sides.Add(Math.Min(image.Width, image.Height));
                grey = grey && IsGreyImage(image);
            }
            catch (DataException e)
            {
                failure = e;
            }
        }

        if (sides.Count == 0)
            throw failure ?? new DataException($"{path}: no images");
        sides.Sort();
        return new FolderSurvey(images.Length, train.Classes.Select(c => c.Name).Distinct().Count(), layout.Eval is not null, sides[sides.Count / 2], grey);
    }

    private static bool IsGreyImage(DecodedImage image)
    {
        if (image.Channels == 1)
            return true;
        var pixels = image.Pixels.AsSpan(0, image.Width * image.Height * image.Channels);
        for (int i = 0; i < pixels.Length; i += image.Channels)
        {
            if (pixels[i] != pixels[i + 1] || pixels[i] != pixels[i + 2])
                return false;
        }

        return true;
    }
}
