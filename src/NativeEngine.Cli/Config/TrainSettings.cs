using NativeEngine.Data;
using NativeEngine.Train;

namespace NativeEngine.Cli.Config;

/// <summary>Every key of a training run as flag, YAML key and environment variable; types and defaults come from <see cref="TrainOptions"/>.</summary>
internal static class TrainSettings
{
    /// <summary>The table, in the order help and <c>config show</c> print it.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        new("data", "data", "folder of the data; absent: NENGINE_DATA, else data/mnist") { Aliases = ["--data-path"] },
        new("dataset", "data", $"what the data are: {Data.DatasetFormats.Default.Help}; absent: as they look"),
        new("classes", "data", "names of the classes to take; absent: all"),
        new("val_fraction", "data",
            "part of the training images of each class held out and evaluated instead of the test part; an image keeps its side when others come or go"),
        new("allow_empty", "data", "keep folders without images as classes; otherwise they are an error"),
        new("skip_unreadable", "data", "leave out image files that cannot be read, counted and named; absent: up to one in ten; false: they are an error"),
        new("workers", "data", "threads that prepare batches") { Aliases = ["-j"] },
        new("random_shift", "data", "training images move by up to this many pixels"),
        new("hflip", "data", "chance of mirroring a training image"),
        new("scale", "data", "random crops of this part of an image's area, smallest and largest: 0.08,1; absent: none"),
        new("ratio", "data", "width / height of random crops, smallest and largest; absent: 0.75,1.333"),
        new("crop_pct", "data", "part of an image's shorter side that is evaluated, from the centre (folder)"),
        new("cache", "data", "decoded images of a folder: ram keeps them | none | auto: keeps them where memory allows"),
        new("interpolation", "data", "how images are resized, to the level as Pillow: bilinear | bicubic | nearest"),
        new("decoder", "data", "library that reads image files: skia (pixels as Pillow's) | imagesharp | auto: skia where its native library loads"),
        new("exif", "data", "turn and mirror image files as their EXIF orientation says"),
        new("background", "data", "lay transparent pictures over white | black | R,G,B; absent: the stored colours"),
        new("mean", "data", "mean of each channel, 0 … 1; absent: of the training images"),
        new("std", "data", "standard deviation of each channel, 0 … 1; absent: of the training images"),
        new("sampler", "data", "shuffle, or pk: samples_per_class images of each of batch_size / samples_per_class classes, for losses that compare pairs"),
        new("samples_per_class", "data", "images of one class in a batch of sampler pk"),
        new("label_noise", "data", "share of the training images that get a wrong class"),
        new("drop_last", "data", "leave out the last, smaller batch"),

        new("model", "model", "a name of `models list`"),
        new("num_classes", "model", "length of the logits; absent: classes of the data"),
        new("in_chans", "model", "channels of the images: 1 | 3; absent: as the data (folder: 3)"),
        new("img_size", "model", "height and width of the images; absent: as the data (folder: as the model)"),
        new("weights", "model", "safetensors or .pth file, or a run, to start from; none is downloaded") { Aliases = ["--pretrained"] },
        new("partial", "model", "take from the weights what fits"),
        new("drop", "model", "dropout in front of the classifier, in wrn inside the blocks; absent: the model's own"),
        new("drop_path", "model", "stochastic depth of the last residual block, of models that have some; absent: the model's own"),
        new("freeze_backbone", "model", "train only the classifier"),
        new("freeze", "model", "parameters that are not trained: names or subtrees with * and ?"),
        new("unfreeze_at", "model", "epochs after which everything frozen is trained, too; 0: never"),
        new("cache_features", "model", "keep the features of a frozen backbone; absent: where that changes nothing; true: without augmentation"),
        new("stages", "model", "YAML file with a list of stages, each with settings of its own"),

        new("opt", "optimizer", $"{string.Join(" | ", Nn.OptimizerSettings.Catalogue.PlainNames)}, and lookahead_X and sam_X over any X"),
        new("lr", "optimizer", "highest learning rate"),
        new("momentum", "optimizer", "momentum of sgd and rmsprop; absent: 0.9 for sgd, none for rmsprop"),
        new("nesterov", "optimizer", "Nesterov's form of momentum"),
        new("weight_decay", "optimizer", "weight decay; absent: the optimizer's own, 0.01 for adamw and lamb, 0 for the others") { Aliases = ["--wd"] },
        new("no_norm_bias_decay", "optimizer", "no weight decay on norm and bias parameters"),
        new("opt_eps", "optimizer", "added to the denominator; absent: the optimizer's own"),
        new("opt_betas", "optimizer", "the two decay rates of Adam and its kin; absent: the optimizer's own"),
        new("opt_args", "optimizer", "further settings of the optimizer: rho=0.1,adaptive=true | k=5,lookahead_alpha=0.8 | centered=true | ..."),
        new("head_lr_mult", "optimizer", "factor on the learning rate of the classifier"),
        new("lr_mult", "optimizer", "factors on the learning rate by parameter name: layer1=0.1,layer2=0.3"),
        new("clip_grad", "optimizer", "limit of the gradients; 0: no clipping"),
        new("clip_mode", "optimizer", "what clip_grad limits: norm | value | agc"),

        new("sched", "schedule", "learning-rate schedule: none | step | multistep | exponential | cosine | cosine_restarts | poly | plateau | onecycle | "
            + "cyclic | sin | power") { Aliases = ["--lr-scheduler"] },
        new("sched_args", "schedule", "further settings of the schedule: pct_start=0.1 | power=2 | t_0=5,t_mult=2 | mode=triangular2 | ..."),
        new("epochs", "schedule", "passes over the training images"),
        new("warmup_epochs", "schedule", "epochs of linear warm-up"),
        new("warmup_lr", "schedule", "learning rate the warm-up starts at"),
        new("min_lr", "schedule", "learning rate the schedule ends at"),
        new("milestones", "schedule", "epochs at which multistep drops"),
        new("step_size", "schedule", "epochs between the drops of step"),
        new("gamma", "schedule", "factor of a drop"),
        new("plateau_patience", "schedule", "epochs without improvement before plateau drops"),

        new("loss", "loss", $"{string.Join(" | ", Nn.LossFunction.Catalogue.Names)}, or a weighted sum with parameters: "
            + "ce+0.5*triplet(margin=0.5,soft_margin=true)"),
        new("class_weight", "loss", "weight per class of ce, nll, focal: balanced, numbers, or a file with them"),
        new("smoothing", "loss", "label smoothing") { Aliases = ["--label-smoothing"] },

        new("batch_size", "loop", "images per batch") { Aliases = ["-b"] },
        new("eval_batch_size", "loop", "images per batch of evaluation"),
        new("grad_accum_steps", "loop", "batches per update"),
        new("model_ema", "loop", "decay of a moving average of the weights that is evaluated; 0: none"),
        new("patience", "loop", "stop after this many epochs without improvement; 0: never"),
        new("max_time", "loop", "stop after this many minutes; 0: never"),
        new("max_steps", "loop", "stop after this many updates; 0: never"),
        new("eval_metric", "loop", "what decides the best epoch: top1 | top5 | loss | recall1 (nearest other image of the val set, by the embeddings) | "
            + "auto (recall1 when no loss trains the classifier, else top1)"),
        new("seed", "loop", "seed of every random draw"),
        new("device", "loop", "auto | cpu | cuda[:i] | soft"),
        new("threads", "loop", "compute threads of the CPU; 0: all"),
        new("winograd", "loop", "3x3 convolutions of the CPU by Winograd's algorithm: off | f2 | f4 | auto"),
        new("tf32", "loop", "let products and convolutions of a GPU round their inputs to TF32"),
        new("deterministic", "loop", "only algorithms of a GPU that give the same bits on every run"),
        new("graph", "loop", "launch each update as one recorded graph on a GPU"),

        new("output", "run", "folder that run folders are made in"),
        new("name", "run", "name of the run folder; absent: date, time and model"),
        new("log_interval", "run", "updates between two progress lines"),
        new("checkpoint_interval", "run", "seconds between two checkpoints inside an epoch; 0: ends of epochs only"),
        new("checkpoint_steps", "run", "updates between two checkpoints inside an epoch; 0: by time only"),
        new("dry_run", "run", "one batch of everything, to see that it works"),
        new("overfit_batches", "run", "train and evaluate on this many batches, to see whether the model learns at all"),
    ];
}
