namespace NativeEngine.Train;

/// <summary>
/// Every setting of a training run; in configuration files and flags the names are written in snake case (<c>batch_size</c>). The defaults are
/// the recipe for digits.
/// </summary>
public sealed partial record TrainOptions
{
    /// <summary>Folder of the data (or folder and file prefix); null looks in NENGINE_DATA and for data/mnist.</summary>
    public string? Data { get; init; }

    /// <summary>
    /// What the folder holds: <c>mnist</c> (ten classes), <c>idx</c> (any IDX files: Fashion-MNIST, EMNIST, own) or <c>folder</c> (picture
    /// files in one folder per class).
    /// </summary>
    public string Dataset { get; init; } = "mnist";

    /// <summary>Names of the classes to take, in this order; null takes all.</summary>
    public string[]? Classes { get; init; }

    /// <summary>Part of the training images that is held out and evaluated instead of the test part; 0 evaluates the test part.</summary>
    public double ValFraction { get; init; }

    /// <summary>Keeps folders without images as classes; otherwise they are an error.</summary>
    public bool AllowEmpty { get; init; }

    /// <summary>Image files of a folder that cannot be read: true leaves them out, false refuses the folder, null leaves out up to one in ten; each is
    /// named.</summary>
    public bool? SkipUnreadable { get; init; }

    /// <summary>Background threads that prepare batches; never changes what a batch holds.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Training images move by up to this many pixels in each direction.</summary>
    public int RandomShift { get; init; } = 2;

    /// <summary>Chance of mirroring a training image left to right.</summary>
    public double Hflip { get; init; }

    /// <summary>Smallest and largest part of an image's area that random crops take; null takes no random crops.</summary>
    public double[]? Scale { get; init; }

    /// <summary>Smallest and largest width / height of random crops; null is 3/4, 4/3.</summary>
    public double[]? Ratio { get; init; }

    /// <summary>Part of the shorter side of an image of a folder that is evaluated, from the centre.</summary>
    public double CropPct { get; init; } = 0.875;

    /// <summary>Images of a folder: <c>ram</c> keeps them decoded in memory, <c>none</c> decodes them whenever they are read, <c>auto</c> keeps them where half
    /// of the free memory holds them.</summary>
    public string Cache { get; init; } = "auto";

    /// <summary>How images are resized: one of <see cref="NativeEngine.Data.Interpolation.All"/>, with Pillow's arithmetic.</summary>
    public string Interpolation { get; init; } = "bilinear";

    /// <summary>Library that decodes image files: one of <see cref="NativeEngine.Data.ImageDecoders.Names"/>. A run on a folder records the one it
    /// used.</summary>
    public string Decoder { get; init; } = "auto";

    /// <summary>Turns and mirrors image files as their EXIF orientation says.</summary>
    public bool Exif { get; init; } = true;

    /// <summary>What lies under transparent pictures: <c>white</c>, <c>black</c> or <c>R,G,B</c>; null takes the colours as they are stored.</summary>
    public string? Background { get; init; }

    /// <summary>Mean that is subtracted from each channel, in units of 0 … 1; null is that of the training images.</summary>
    public double[]? Mean { get; init; }

    /// <summary>Standard deviation that each channel is divided by, in units of 0 … 1; null is that of the training images.</summary>
    public double[]? Std { get; init; }

    /// <summary>
    /// How batches are put together: <c>shuffle</c>, or <c>pk</c>: batch_size / samples_per_class classes with samples_per_class images each, for losses that
    /// compare pairs.
    /// </summary>
    public string Sampler { get; init; } = "shuffle";

    /// <summary>Images of one class in a batch of sampler pk.</summary>
    public int SamplesPerClass { get; init; } = 4;

    /// <summary>Share of the training images that get a wrong class, drawn at random; the same for a seed.</summary>
    public double LabelNoise { get; init; }

    /// <summary>Leaves out the last, smaller batch of an epoch.</summary>
    public bool DropLast { get; init; }

    /// <summary>Catalogue name of the model.</summary>
    public string Model { get; init; } = "smallcnn";

    /// <summary>Length of the logits; null is the number of classes of the data, which it must not fall below.</summary>
    public int? NumClasses { get; init; }

    /// <summary>Channels of the images the model takes; null is what the data has (a folder: 3).</summary>
    public int? InChans { get; init; }

    /// <summary>Height and width of the images the model takes; null is what the data has (a folder: what the model was made for).</summary>
    public int? ImgSize { get; init; }

    /// <summary>Weights to start from: a safetensors or .pth file. Another number of classes or channels is adapted to.</summary>
    public string? Weights { get; init; }

    /// <summary>Takes from the weights what fits and leaves the rest as drawn.</summary>
    public bool Partial { get; init; }

    /// <summary>Dropout probability in front of the classifier; null keeps the model's own.</summary>
    public double? Drop { get; init; }

    /// <summary>Stochastic depth of the last residual block; null keeps the model's own.</summary>
    public double? DropPath { get; init; }

    /// <summary>Trains only the layer that ends in the logits.</summary>
    public bool FreezeBackbone { get; init; }

    /// <summary>Parameters that are not trained: names or subtrees with * and ?, separated by commas.</summary>
    public string? Freeze { get; init; }

    /// <summary>Epoch in front of which everything that was frozen is released: 2 trains two epochs frozen; 0 never. The optimizer starts anew there, the
    /// schedule goes on.</summary>
    public int UnfreezeAt { get; init; }

    /// <summary>
    /// Keeps the pooled features of a frozen backbone instead of computing them in every epoch. Null does so when it changes nothing; true also
    /// leaves out the augmentation that would change the images; false never does.
    /// </summary>
    public bool? CacheFeatures { get; init; }

    /// <summary>Stages of the run as a JSON list of objects, each with the settings that differ in it and perhaps a <c>name</c>; null is one stage.</summary>
    public string? Stages { get; init; }

    /// <summary>Optimizer: one of the names of <see cref="Nn.OptimizerSettings.Catalogue"/>.</summary>
    public string Opt { get; init; } = "adamw";

    /// <summary>Learning rate: the highest the schedule reaches.</summary>
    public double Lr { get; init; } = 0.005;

    /// <summary>Momentum of SGD and RMSprop; null is 0.9 for SGD, none for RMSprop.</summary>
    public double? Momentum { get; init; }

    /// <summary>Nesterov's form of SGD's momentum.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Weight decay; null is the optimizer's own, see <see cref="Nn.OptimizerSettings.DefaultWeightDecay"/>.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>Norm and bias parameters are not decayed.</summary>
    public bool NoNormBiasDecay { get; init; } = true;

    /// <summary>Added to the denominator of Adam and its kin; null is the optimizer's own.</summary>
    public double? OptEps { get; init; }

    /// <summary>The two decay rates of Adam and its kin; null is the optimizer's own.</summary>
    public double[]? OptBetas { get; init; }

    /// <summary>Further settings of the optimizer under PyTorch's names: <c>rho=0.1,adaptive=true</c>, <c>k=5,lookahead_alpha=0.8</c>,
    /// <c>centered=true</c>.</summary>
    public string? OptArgs { get; init; }

    /// <summary>Factor on the learning rate of the layer that ends in the logits.</summary>
    public double HeadLrMult { get; init; } = 1;

    /// <summary>Factors on the learning rate by parameter name, names or subtrees with * and ?: <c>layer1=0.1,layer2=0.3</c>; the last that matches
    /// counts.</summary>
    public string? LrMult { get; init; }

    /// <summary>Limit of the gradients, see <see cref="ClipMode"/>; 0 does not clip.</summary>
    public double ClipGrad { get; init; }

    /// <summary>What <see cref="ClipGrad"/> limits: the <c>norm</c> of all gradients together, each <c>value</c>, or <c>agc</c>, the ratio of gradient to
    /// weight norm.</summary>
    public string ClipMode { get; init; } = "norm";

    /// <summary>Schedule of the learning rate: one of <see cref="Nn.Schedule.Names"/>.</summary>
    public string Sched { get; init; } = "onecycle";

    /// <summary>
    /// Further settings of the schedule under PyTorch's names, lengths in epochs: poly power; cosine_restarts t_0, t_mult; onecycle pct_start, div_factor,
    /// final_div_factor, linear, three_phase; cyclic step_size_up, step_size_down, mode; plateau threshold, cooldown.
    /// </summary>
    public string? SchedArgs { get; init; }

    /// <summary>Passes over the training part.</summary>
    public int Epochs { get; init; } = 4;

    /// <summary>Epochs of linear warm-up in front of the schedule; may be a fraction.</summary>
    public double WarmupEpochs { get; init; }

    /// <summary>Learning rate the warm-up starts at.</summary>
    public double WarmupLr { get; init; }

    /// <summary>Learning rate the schedule ends at, where it has one.</summary>
    public double MinLr { get; init; }

    /// <summary>Epochs after which <c>multistep</c> multiplies the rate by gamma.</summary>
    public int[] Milestones { get; init; } = [];

    /// <summary>Epochs between the drops of <c>step</c>, and in which <c>cyclic</c> rises.</summary>
    public int StepSize { get; init; } = 10;

    /// <summary>Factor of <c>step</c>, <c>multistep</c>, <c>exponential</c> and <c>plateau</c>.</summary>
    public double Gamma { get; init; } = 0.1;

    /// <summary>Epochs without improvement before <c>plateau</c> lowers the rate.</summary>
    public int PlateauPatience { get; init; } = 10;

    /// <summary>
    /// Loss: a name of <see cref="Nn.LossFunction.Catalogue"/> or a weighted sum, parameters in parentheses: <c>ce+0.5*triplet(margin=0.5)</c>. Metric losses
    /// take
    /// the pooled features, losses of float targets the classes as one-hot rows; class_balanced counts the training part.
    /// </summary>
    public string Loss { get; init; } = "ce";

    /// <summary>
    /// Weight per class of ce, nll and focal: <c>balanced</c>, numbers in the order of the classes, or a file with them; null is none.
    /// </summary>
    public string? ClassWeight { get; init; }

    /// <summary>Label smoothing of the cross-entropy, 0 … 1.</summary>
    public double Smoothing { get; init; }

    /// <summary>Images per batch.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Images per batch of evaluation.</summary>
    public int EvalBatchSize { get; init; } = 250;

    /// <summary>Batches whose gradients are added up for one update.</summary>
    public int GradAccumSteps { get; init; } = 1;

    /// <summary>Decay of a moving average of the weights, for example 0.999; evaluation and the best checkpoint use the average. 0 is none.</summary>
    public double ModelEma { get; init; }

    /// <summary>Stops when the metric did not improve for this many epochs; 0 never.</summary>
    public int Patience { get; init; }

    /// <summary>Stops after this many minutes of training, resumed time counted; 0 never.</summary>
    public double MaxTime { get; init; }

    /// <summary>Stops after this many updates; 0 never. Does not change the schedule.</summary>
    public long MaxSteps { get; init; }

    /// <summary>What decides the best epoch: <c>top1</c>, <c>top5</c>, <c>loss</c>, <c>recall1</c>, or <c>auto</c>: top1, but recall1 when no loss trains the
    /// classifier.</summary>
    public string EvalMetric { get; init; } = "auto";

    /// <summary>Seed of every random draw.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>Device: <c>auto</c>, <c>cpu</c>, <c>cuda[:i]</c>, <c>soft</c>. Recorded; whoever makes the engine applies it.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Compute threads of the CPU; 0 is all. Recorded; whoever makes the engine applies it.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Which 3x3 convolutions of the CPU use Winograd's algorithm: <c>off</c>, <c>f2</c>, <c>f4</c>, or <c>auto</c> by shape. Changes roundings.
    /// Recorded; whoever makes the engine applies it.
    /// </summary>
    public string Winograd { get; init; } = "auto";

    /// <summary>Products and convolutions of a GPU may round their inputs to TF32 on tensor cores. Recorded; whoever makes the engine applies it.</summary>
    public bool Tf32 { get; init; }

    /// <summary>Only algorithms that give the same bits on every run; a GPU has faster ones that do not. Recorded; whoever makes the engine applies
    /// it.</summary>
    public bool Deterministic { get; init; } = true;

    /// <summary>Launches each update as one recorded graph where the device can; the numbers are the same without.</summary>
    public bool Graph { get; init; } = true;

    /// <summary>Folder that run folders are made in.</summary>
    public string Output { get; init; } = "runs";

    /// <summary>Name of the run folder; null is date, time and model.</summary>
    public string? Name { get; init; }

    /// <summary>Updates between two progress reports.</summary>
    public int LogInterval { get; init; } = 50;

    /// <summary>Seconds between two checkpoints inside an epoch; 0 saves at the ends of epochs only.</summary>
    public double CheckpointInterval { get; init; } = 60;

    /// <summary>Updates between two checkpoints inside an epoch; 0 goes by time only.</summary>
    public int CheckpointSteps { get; init; }

    /// <summary>Runs one batch of everything (training, evaluation, checkpoint) to see that it works.</summary>
    public bool DryRun { get; init; }

    /// <summary>Trains and evaluates on this many batches without augmentation, to see whether the model can learn at all; 0 uses all.</summary>
    public int OverfitBatches { get; init; }
}
