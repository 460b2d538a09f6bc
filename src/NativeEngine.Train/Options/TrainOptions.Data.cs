using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <content>What is trained on.</content>
public sealed partial record TrainOptions
{
    /// <summary>Folder of the data (or folder and file prefix); null looks in NENGINE_DATA and for data/mnist.</summary>
    [Setting("data", "folder of the data, or several joined by commas; absent: NENGINE_DATA, else data/mnist", Aliases = ["--data-path"],
        Elsewhere = "datadir datasetdir dataroot root traindir traindatadir imagedir imgdir inputdir folder directory path")]
    public string? Data { get; init; }

    /// <summary>
    /// What the folder holds: <c>mnist</c> (ten classes), <c>idx</c> (any IDX files: Fashion-MNIST, EMNIST, own) or <c>folder</c> (picture
    /// files in one folder per class).
    /// </summary>
    [Setting("data", "what the data are: {formats}; absent: as they look", Elsewhere = "datasettype dataformat")]
    public string Dataset { get; init; } = "mnist";

    /// <summary>The folder that paths in a table of pictures begin in; null for the table's own.</summary>
    [Setting("data", "folder that paths in a table of pictures begin in; absent: the table's own (csv)")]
    public string? Root { get; init; }

    /// <summary>Which classes, of data sets that have two sorts: CIFAR-100's 100 or its 20 groups.</summary>
    [Setting("data", "classes of data sets that have two sorts: fine | coarse (cifar100)")]
    public LabelKind Labels { get; init; }

    /// <summary>Width of a stroke on a canvas of 256 pixels.</summary>
    [Setting("data", "width of a stroke on a canvas of 256 pixels (quickdraw)", Range = ">0..64")]
    public double LineWidth { get; init; } = 6;

    /// <summary>Rows of each class that are passed over.</summary>
    [Setting("data", "rows of each class that are passed over (quickdraw)", Range = "0..")]
    public int SkipRows { get; init; }

    /// <summary>Rows of each class that are taken; 0 for all.</summary>
    [Setting("data", "rows of each class that are taken; 0: all (quickdraw)", Range = "0..")]
    public int RowsPerClass { get; init; }

    /// <summary>Names of the classes to take, in this order; null takes all.</summary>
    [Setting("data", "names of the classes to take; absent: all", Elsewhere = "classnames")]
    public string[]? Classes { get; init; }

    /// <summary>Part of the training images that is held out and evaluated instead of the test part; 0 evaluates the test part.</summary>
    [Setting("data", "part of the training images of each class held out and evaluated instead of the test part; an image keeps its side "
        + "when others come or go",
        Range = "0..<1", Elsewhere = "validationsplit valsplit valratio valsize testsize holdout splitratio evalsplit")]
    public double ValFraction { get; init; }

    /// <summary>Which of several equal parts is held out: <c>2/5</c>; the part is that of <see cref="ValFraction"/>.</summary>
    [Setting("data", "which of several equal parts of each class is held out: 2/5; the same images in every run of one seed", Elsewhere = "kfold cvfold")]
    public string? Fold { get; init; }

    /// <summary>Numbers or other names of the folders of classes, in a file; null for their own.</summary>
    [Setting("data", "file with numbers or other names of the class folders: lines, two columns, JSON or a Python dictionary (folder)",
        Elsewhere = "classtoidx classmapping labelmap")]
    public string? ClassMap { get; init; }

    /// <summary>Keeps folders without images as classes; otherwise they are an error.</summary>
    [Setting("data", "keep folders without images as classes; otherwise they are an error")]
    public bool AllowEmpty { get; init; }

    /// <summary>Image files of a folder that cannot be read: true leaves them out, false refuses the folder, null leaves out up to one in ten; each is
    /// named.</summary>
    [Setting("data", "leave out image files that cannot be read, counted and named; absent: up to one in ten; false: they are an error")]
    public bool? SkipUnreadable { get; init; }

    /// <summary>Background threads that prepare batches; never changes what a batch holds.</summary>
    [Setting("data", "threads that prepare batches", Aliases = ["-j"], Range = "0..64",
        Elsewhere = "numworkers nworkers nworker dataloaderworkers dataloadernumworkers")]
    public int Workers { get; init; } = 1;

    /// <summary>Training images move by up to this many pixels in each direction.</summary>
    [Setting("data", "training images move by up to this many pixels", Range = "0..1000", PerStage = true, Elsewhere = "randomcrop padding shift translate")]
    public int RandomShift { get; init; } = 2;

    /// <summary>Chance of mirroring a training image left to right.</summary>
    [Setting("data", "chance of mirroring a training image", Range = "0..1", PerStage = true,
        Elsewhere = "fliplr horizontalflip randomflip flip hflipprob flipprob randomhorizontalflip mirror")]
    public double Hflip { get; init; }

    /// <summary>Smallest and largest part of an image's area that random crops take; null takes no random crops.</summary>
    [Setting("data", "random crops of this part of an image's area, smallest and largest: 0.08,1; absent: none", PerStage = true,
        Elsewhere = "randomresizedcrop rrcscale cropscale trainscale resizescale randomcropscale")]
    public double[]? Scale { get; init; }

    /// <summary>Smallest and largest width / height of random crops; null is 3/4, 4/3.</summary>
    [Setting("data", "width / height of random crops, smallest and largest; absent: 0.75,1.333", PerStage = true, Elsewhere = "aspectratio cropratio")]
    public double[]? Ratio { get; init; }

    /// <summary>Part of the shorter side of an image of a folder that is evaluated, from the centre.</summary>
    [Setting("data", "part of an image's shorter side that is evaluated, from the centre (folder)", Range = ">0..1",
        Elsewhere = "cropfraction centercrop croppercent")]
    public double CropPct { get; init; } = 0.875;

    /// <summary>How a picture that is evaluated gets the size of the model.</summary>
    [Setting("data", "how an evaluated picture gets its size: center (by crop_pct), squash (stretched), border (all of it, the rest grey) (folder, csv)")]
    public CropMode CropMode { get; init; }

    /// <summary>Images of a folder: <c>ram</c> keeps them decoded in memory, <c>none</c> decodes them whenever they are read, and random crops are cut from the
    /// picture in its own size, <c>auto</c> keeps them where half
    /// of the free memory holds them.</summary>
    [Setting("data", "decoded images of a folder: ram keeps them, shrunk | none: decodes what is read, and random crops are cut from the picture in its own "
        + "size | auto: keeps them where memory allows", Elsewhere = "cacheimages cachedata cachemode")]
    public ImageCache Cache { get; init; } = ImageCache.Auto;

    /// <summary>How images are resized: one of <see cref="NativeEngine.Data.Interpolation.All"/>, with Pillow's arithmetic.</summary>
    [Setting("data", "how images are resized, to the level as Pillow: bilinear | bicubic | nearest | box | lanczos")]
    public string Interpolation { get; init; } = "bilinear";

    /// <summary>Library that decodes image files: one of <see cref="NativeEngine.Data.ImageDecoders.Names"/>. A run on a folder records the one it
    /// used.</summary>
    [Setting("data", "library that reads image files: skia (pixels as Pillow's) | imagesharp | auto: skia where its native library loads")]
    public string Decoder { get; init; } = "auto";

    /// <summary>Turns and mirrors image files as their EXIF orientation says.</summary>
    [Setting("data", "turn and mirror image files as their EXIF orientation says")]
    public bool Exif { get; init; } = true;

    /// <summary>What lies under transparent pictures: <c>white</c>, <c>black</c> or <c>R,G,B</c>; null takes the colours as they are stored.</summary>
    [Setting("data", "lay transparent pictures over white | black | R,G,B; absent: the stored colours")]
    public string? Background { get; init; }

    /// <summary>Mean that is subtracted from each channel, in units of 0 … 1; null is that of the training images.</summary>
    [Setting("data", "mean of each channel, 0 … 1; absent: of the training images", Elsewhere = "imagemean imgmean normmean")]
    public double[]? Mean { get; init; }

    /// <summary>Standard deviation that each channel is divided by, in units of 0 … 1; null is that of the training images.</summary>
    [Setting("data", "standard deviation of each channel, 0 … 1; absent: of the training images", Elsewhere = "imagestd imgstd stdev normstd")]
    public double[]? Std { get; init; }

    /// <summary>
    /// How batches are put together: <c>shuffle</c>, or <c>pk</c>: batch_size / samples_per_class classes with samples_per_class images each, for losses that
    /// compare pairs.
    /// </summary>
    [Setting("data", "shuffle | pk: samples_per_class images of each of batch_size / samples_per_class classes, for losses that compare pairs | "
        + "oversample: small "
        + "classes several times | balanced: classes alike | sqrt: by the root of their size | repeat: images three times, augmented otherwise",
            PerStage = true,
        Elsewhere = "weightedsampler rasampler")]
    public Sampling Sampler { get; init; } = Sampling.Shuffle;

    /// <summary>Images of one class in a batch of sampler pk.</summary>
    [Setting("data", "images of one class in a batch of sampler pk", PerStage = true)]
    public int SamplesPerClass { get; init; } = 4;

    /// <summary>Part of the training images of each class that is used.</summary>
    [Setting("data", "part of the training images of each class that is used", Range = ">0..1", Elsewhere = "limittrainbatches subset")]
    public double Fraction { get; init; } = 1;

    /// <summary>Which wrong class they get.</summary>
    [Setting("data", "wrong classes of label_noise: any other (symmetric) or the next one (pair)")]
    public NoiseKind LabelNoiseKind { get; init; }

    /// <summary>Share of the training images that get a wrong class, drawn at random; the same for a seed.</summary>
    [Setting("data", "share of the training images that get a wrong class", Range = "0..1")]
    public double LabelNoise { get; init; }

    /// <summary>Leaves out the last, smaller batch of an epoch.</summary>
    [Setting("data", "leave out the last, smaller batch", PerStage = true)]
    public bool DropLast { get; init; }
}
