namespace NativeEngine.Core;

/// <summary>
/// What PyTorch, timm, Keras and Ultralytics call a value that has another name here: losses, optimizers, schedules, devices, kinds of data. Keys are in
/// <see cref="NearestName.Plain"/> letters; a name is suggested only where the value is a known one.
/// </summary>
public static class OtherNames
{
    /// <summary>Name elsewhere to name here.</summary>
    public static IReadOnlyDictionary<string, string> Values { get; } = new Dictionary<string, string>
    {
        ["crossentropyloss"] = "ce",
        ["crossentropy"] = "ce",
        ["xent"] = "ce",
        ["categoricalcrossentropy"] = "ce",
        ["sparsecategoricalcrossentropy"] = "ce",
        ["softmax"] = "ce",
        ["bce"] = "bce_with_logits",
        ["bcewithlogitsloss"] = "bce_with_logits",
        ["binarycrossentropy"] = "bce_with_logits",
        ["nllloss"] = "nll",
        ["focalloss"] = "focal",
        ["mseloss"] = "mse",
        ["l2"] = "mse",
        ["l1loss"] = "l1",
        ["mae"] = "l1",
        ["huber"] = "smooth_l1",
        ["tripletmarginloss"] = "triplet",
        ["momentum"] = "sgd",
        ["nesterov"] = "sgd",
        ["cosineannealinglr"] = "cosine",
        ["cosineannealing"] = "cosine",
        ["cosinedecay"] = "cosine",
        ["cos"] = "cosine",
        ["cosineannealingwarmrestarts"] = "cosine_restarts",
        ["cosinedecayrestarts"] = "cosine_restarts",
        ["steplr"] = "step",
        ["multisteplr"] = "multistep",
        ["exponentiallr"] = "exponential",
        ["exponentialdecay"] = "exponential",
        ["polynomiallr"] = "poly",
        ["polynomialdecay"] = "poly",
        ["reducelronplateau"] = "plateau",
        ["onecyclelr"] = "onecycle",
        ["cycliclr"] = "cyclic",
        ["gpu"] = "cuda",
        ["nvidia"] = "cuda",
        ["imagefolder"] = "folder",
        ["images"] = "folder",
        ["accuracy"] = "top1",
        ["acc"] = "top1",
        ["acc1"] = "top1",
        ["acc5"] = "top5",
        ["valloss"] = "loss",
        ["evalloss"] = "loss",
    };
}
