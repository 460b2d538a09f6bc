namespace NativeEngine.Data;

/// <summary>Picture files in one folder per class, see <see cref="ImageFolder"/>.</summary>
public sealed class FolderFormat : DatasetFormat
{
    /// <inheritdoc/>
    public override string Name => "folder";

    /// <inheritdoc/>
    public override string Holds => "folders";

    /// <inheritdoc/>
    public override string Purpose => "folders of images";

    /// <inheritdoc/>
    public override string Remark => "pictures, one folder per class";

    /// <inheritdoc/>
    public override bool ReadsPictures => true;

    /// <inheritdoc/>
    public override bool CropsCentre => true;

    /// <inheritdoc/>
    public override string Preparation => "images shrunk until the shorter side is size / crop_pct, the centre cut out";

    /// <inheritdoc/>
    public override bool Recognises(string path) => Roots(path).All(ImageFolder.Contains);

    /// <inheritdoc/>
    public override (Dataset Train, Dataset? Eval) Load(DataRequest request)
    {
        var layout = Layout(request);
        foreach (string note in layout.Notes)
            request.Note?.Invoke(note);
        return ImageFolder.Load(layout, request.Reading());
    }

    /// <inheritdoc/>
    public override FolderLayout Layout(DataRequest request)
    {
        string[] roots = Roots(request.Path!);
        var layout = roots.Length == 1 ? FolderLayout.Find(roots[0], request.AllowEmpty, request.KnownClasses)
            : FolderLayout.Join([.. roots.Select(r => FolderLayout.Find(r, request.AllowEmpty, request.KnownClasses))]);
        return request.ClassMap is { } file ? layout.Renamed(ClassMap.Read(file)) : layout;
    }

    // Folders joined by commas, where no folder has a comma in its name.
    private static string[] Roots(string path) => Directory.Exists(path) || !path.Contains(',') ? [path]
        : path.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <inheritdoc/>
    public override FolderSurvey? Survey(string path, bool allowEmpty) => Recognises(path)
        ? FolderSurvey.Of(Layout(new DataRequest(path, () => throw new InvalidOperationException("nothing is read")) { AllowEmpty = allowEmpty })) : null;

    /// <inheritdoc/>
    public override byte[] Prepare(DecodedImage image, FolderOptions options) => options.Fit(image);
}
