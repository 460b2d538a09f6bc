using NativeEngine.Core;

namespace NativeEngine.Train;

/// <content>What is trained.</content>
public sealed partial record TrainOptions
{
    /// <summary>What is trained for: a name of <see cref="TrainingTask.Known"/>, or auto: what the images ask for.</summary>
    [Setting("model", "what is trained for: classification | multi_label (several classes in an image) | auto: as the data say")]
    public string Task { get; init; } = "auto";

    /// <summary>Catalogue name of the model.</summary>
    [Setting("model", "a name of `models list`", Elsewhere = "arch architecture backbone net network modelname modeltype")]
    public string Model { get; init; } = "smallcnn";

    /// <summary>Length of the logits; null is the number of classes of the data, which it must not fall below.</summary>
    [Setting("model", "length of the logits; absent: classes of the data", Range = "1..", Elsewhere = "nclasses nc nbclasses numlabels numclass classnum")]
    public int? NumClasses { get; init; }

    /// <summary>Channels of the images the model takes; null is what the data has (a folder: 3).</summary>
    [Setting("model", "channels of the images: 1 | 3; absent: as the data (folder: 3)", Elsewhere = "inchannels channels inputchannels ch numchannels")]
    public int? InChans { get; init; }

    /// <summary>Height and width of the images the model takes; null is what the data has (a folder: what the model was made for).</summary>
    [Setting("model", "height and width of the images; absent: as the data (folder: as the model)", Range = "1..4096",
        Elsewhere = "imgsz imagesize inputsize size resolution traincropsize trainsize resize cropsize inputshape targetsize")]
    public int? ImgSize { get; init; }

    /// <summary>Weights to start from: a safetensors or .pth file. Another number of classes or channels is adapted to.</summary>
    [Setting("model", "safetensors or .pth file, or a run, to start from; none is downloaded", Aliases = ["--pretrained"],
        Elsewhere = "checkpoint ckpt initialcheckpoint initweights modelpath finetune weightspath loadweights checkpointpath "
        + "pretrainedweights")]
    public string? Weights { get; init; }

    /// <summary>Takes from the weights what fits and leaves the rest as drawn.</summary>
    [Setting("model", "take from the weights what fits")]
    public bool Partial { get; init; }

    /// <summary>Dropout probability in front of the classifier; null keeps the model's own.</summary>
    [Setting("model", "dropout in front of the classifier, in wrn inside the blocks; absent: the model's own", Elsewhere = "dropout droprate dropoutrate")]
    public double? Drop { get; init; }

    /// <summary>Stochastic depth of the last residual block; null keeps the model's own.</summary>
    [Setting("model", "stochastic depth of the last residual block, of models that have some; absent: the model's own",
        Elsewhere = "droppathrate stochasticdepth dropconnect")]
    public double? DropPath { get; init; }

    /// <summary>Trains only the layer that ends in the logits.</summary>
    [Setting("model", "train only the classifier", PerStage = true, Elsewhere = "freezefeatures linearprobe featureextract freezebase freezeencoder")]
    public bool FreezeBackbone { get; init; }

    /// <summary>Parameters that are not trained: names or subtrees with * and ?, separated by commas.</summary>
    [Setting("model", "parameters that are not trained: names or subtrees with * and ?", PerStage = true)]
    public string? Freeze { get; init; }

    /// <summary>Epoch in front of which everything that was frozen is released: 2 trains two epochs frozen; 0 never. The optimizer starts anew there, the
    /// schedule goes on.</summary>
    [Setting("model", "epochs after which everything frozen is trained, too; 0: never")]
    public int UnfreezeAt { get; init; }

    /// <summary>
    /// Keeps the pooled features of a frozen backbone instead of computing them in every epoch. Null does so when it changes nothing; true also
    /// leaves out the augmentation that would change the images; false never does.
    /// </summary>
    [Setting("model", "keep the features of a frozen backbone; absent: where that changes nothing; true: without augmentation", PerStage = true)]
    public bool? CacheFeatures { get; init; }

    /// <summary>Stages of the run as a JSON list of objects, each with the settings that differ in it and perhaps a <c>name</c>; null is one stage.</summary>
    [Setting("model", "YAML file with a list of stages, each with settings of its own")]
    public string? Stages { get; init; }
}
