using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// A form in which data sets lie on disk: how it is recognised and read, and how a single picture is prepared as its images are. A new one is a class in a
/// file of its own and a row in <see cref="DatasetFormats.Default"/>; flags, help, errors and recipes ask it.
/// </summary>
public abstract class DatasetFormat
{
    /// <summary>The name in settings: <c>folder</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What a path of this format holds, as a sentence goes on: <c>DIR holds folders</c>.</summary>
    public abstract string Holds { get; }

    /// <summary>What the format is for: <c>--dataset folder for folders of images</c>.</summary>
    public abstract string Purpose { get; }

    /// <summary>A few words behind the name in help; empty where the name says it.</summary>
    public virtual string Remark => "";

    /// <summary>True when the path holds data in this format, seen from names alone.</summary>
    public abstract bool Recognises(string path);

    /// <summary>The path to read when <paramref name="given"/> is named, or none is.</summary>
    /// <exception cref="UsageException">No path is known.</exception>
    /// <exception cref="DataException">It does not exist or holds something else.</exception>
    public virtual string Locate(string? given)
    {
        string path = given ?? Environment.GetEnvironmentVariable(DataLocator.Variable)
            ?? throw new UsageException($"dataset {Name} needs data: the folder that holds the images (or {DataLocator.Variable})");
        return Recognises(path) ? path : throw new DataException(DataKind.Explain(path));
    }

    /// <summary>Reads all parts.</summary>
    /// <param name="request">Where, and how pictures are read.</param>
    /// <returns>The second part is null where there is no part for validation.</returns>
    /// <exception cref="DataException">Missing, damaged, or what does not belong together.</exception>
    public abstract (Dataset Train, Dataset? Eval) Load(DataRequest request);

    /// <summary>
    /// Where images are files: which there are in which part and class, before any of them is read, so that some of them can be taken
    /// (<see cref="ImageFolder.Load(FolderPart, FolderOptions)"/>). Null of a format that is read as a whole.
    /// </summary>
    public virtual FolderLayout? Layout(DataRequest request) => null;

    /// <summary>True where images are picture files, so that how they are decoded is part of a run.</summary>
    public virtual bool ReadsPictures => false;

    /// <summary>What a person would want to know before choosing settings; null where the defaults fit.</summary>
    /// <param name="path">The data.</param>
    /// <param name="allowEmpty">Classes without images count.</param>
    public virtual FolderSurvey? Survey(string path, bool allowEmpty) => null;

    /// <summary>A picture of any size as the images of the data set are prepared: here stretched.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="options">Size, channels and interpolation.</param>
    /// <returns>[H, W, C]</returns>
    public virtual byte[] Prepare(DecodedImage image, FolderOptions options) => options.Prepare is not null ? options.Fit(image)
        : ImageFit.Fit(image, options.Channels, options.Size, options.Size, interpolation: options.Interpolation);

    /// <summary><see cref="Prepare"/> in words.</summary>
    public virtual string Preparation => "images resized to the input's height and width";

    /// <summary>True where <see cref="FolderOptions.CropPct"/> has a meaning.</summary>
    public virtual bool CropsCentre => false;
}
