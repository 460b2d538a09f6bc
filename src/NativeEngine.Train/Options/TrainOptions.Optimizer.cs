using NativeEngine.Core;

namespace NativeEngine.Train;

/// <content>What is minimised, and how weights and learning rate change.</content>
public sealed partial record TrainOptions
{
    /// <summary>Optimizer: one of the names of <see cref="Nn.OptimizerSettings.Catalogue"/>.</summary>
    [Setting("optimizer", "{optimizers}, and lookahead_X and sam_X over any X", PerStage = true,
        Elsewhere = "optimizer optim optimname optimizername optimizertype algorithm")]
    public string Opt { get; init; } = "adamw";

    /// <summary>Learning rate: the highest the schedule reaches.</summary>
    [Setting("optimizer", "highest learning rate", Range = "0..", PerStage = true, Elsewhere = "learningrate baselr lr0 initiallr maxlr initlr")]
    public double Lr { get; init; } = 0.005;

    /// <summary>Momentum of SGD and RMSprop; null is 0.9 for SGD, none for RMSprop.</summary>
    [Setting("optimizer", "momentum of sgd and rmsprop; absent: 0.9 for sgd, none for rmsprop", Range = "0..<1", PerStage = true)]
    public double? Momentum { get; init; }

    /// <summary>Nesterov's form of SGD's momentum.</summary>
    [Setting("optimizer", "Nesterov's form of momentum", PerStage = true)]
    public bool Nesterov { get; init; }

    /// <summary>Weight decay; null is the optimizer's own, see <see cref="Nn.OptimizerSettings.DefaultWeightDecay"/>.</summary>
    [Setting("optimizer", "weight decay; absent: the optimizer's own, 0.01 for adamw and lamb, 0 for the others", Aliases = ["--wd"], Range = "0..",
        PerStage = true, Elsewhere = "decay l2 weightdecayrate l2reg")]
    public double? WeightDecay { get; init; }

    /// <summary>Norm and bias parameters are not decayed.</summary>
    [Setting("optimizer", "no weight decay on norm and bias parameters", PerStage = true)]
    public bool NoNormBiasDecay { get; init; } = true;

    /// <summary>Added to the denominator of Adam and its kin; null is the optimizer's own.</summary>
    [Setting("optimizer", "added to the denominator; absent: the optimizer's own", Range = "0..", PerStage = true, Elsewhere = "eps epsilon adamepsilon")]
    public double? OptEps { get; init; }

    /// <summary>The two decay rates of Adam and its kin; null is the optimizer's own.</summary>
    [Setting("optimizer", "the two decay rates of Adam and its kin; absent: the optimizer's own", PerStage = true, Elsewhere = "betas adambetas")]
    public double[]? OptBetas { get; init; }

    /// <summary>Further settings of the optimizer under PyTorch's names: <c>rho=0.1,adaptive=true</c>, <c>k=5,lookahead_alpha=0.8</c>,
    /// <c>centered=true</c>.</summary>
    [Setting("optimizer", "further settings of the optimizer: rho=0.1,adaptive=true | k=5,lookahead_alpha=0.8 | centered=true | ...", PerStage = true)]
    public string? OptArgs { get; init; }

    /// <summary>Factor on the learning rate of the layer that ends in the logits.</summary>
    [Setting("optimizer", "factor on the learning rate of the classifier", Range = "0..", PerStage = true)]
    public double HeadLrMult { get; init; } = 1;

    /// <summary>Factors on the learning rate by parameter name, names or subtrees with * and ?: <c>layer1=0.1,layer2=0.3</c>; the last that matches
    /// counts.</summary>
    [Setting("optimizer", "factors on the learning rate by parameter name: layer1=0.1,layer2=0.3", PerStage = true)]
    public string? LrMult { get; init; }

    /// <summary>Limit of the gradients, see <see cref="ClipMode"/>; 0 does not clip.</summary>
    [Setting("optimizer", "limit of the gradients; 0: no clipping", Range = "0..", PerStage = true,
        Elsewhere = "gradientclipval gradclip clip clipgradnorm maxgradnorm clipnorm")]
    public double ClipGrad { get; init; }

    /// <summary>What <see cref="ClipGrad"/> limits: the <c>norm</c> of all gradients together, each <c>value</c>, or <c>agc</c>, the ratio of gradient to
    /// weight norm.</summary>
    [Setting("optimizer", "what clip_grad limits: norm | value | agc", PerStage = true, Elsewhere = "gradientclipalgorithm")]
    public ClipMode ClipMode { get; init; } = ClipMode.Norm;

    /// <summary>Schedule of the learning rate: one of <see cref="Nn.Schedule.Names"/>.</summary>
    [Setting("schedule", "learning-rate schedule: none | step | multistep | exponential | cosine | cosine_restarts | poly | plateau | onecycle "
        + "| cyclic | sin | power",
        Aliases = ["--lr-scheduler"], PerStage = true, Elsewhere = "scheduler lrschedule lrschedulertype schedule lrpolicy lrsched schedulertype coslr")]
    public string Sched { get; init; } = "onecycle";

    /// <summary>
    /// Further settings of the schedule under PyTorch's names, lengths in epochs: poly power; cosine_restarts t_0, t_mult; onecycle pct_start, div_factor,
    /// final_div_factor, linear, three_phase; cyclic step_size_up, step_size_down, mode; plateau threshold, cooldown.
    /// </summary>
    [Setting("schedule", "further settings of the schedule: pct_start=0.1 | power=2 | t_0=5,t_mult=2 | mode=triangular2 | ...", PerStage = true)]
    public string? SchedArgs { get; init; }

    /// <summary>Passes over the training part.</summary>
    [Setting("schedule", "passes over the training images", Range = "1..", PerStage = true,
        Elsewhere = "numepochs nepochs maxepochs numtrainepochs trainepochs nbepochs")]
    public int Epochs { get; init; } = 4;

    /// <summary>Epochs of linear warm-up in front of the schedule; may be a fraction.</summary>
    [Setting("schedule", "epochs of linear warm-up", PerStage = true, Elsewhere = "lrwarmupepochs warmup warmepochs")]
    public double WarmupEpochs { get; init; }

    /// <summary>Learning rate the warm-up starts at.</summary>
    [Setting("schedule", "learning rate the warm-up starts at", Range = "0..", PerStage = true, Elsewhere = "warmuplrinit warmupinitlr")]
    public double WarmupLr { get; init; }

    /// <summary>Learning rate the schedule ends at, where it has one.</summary>
    [Setting("schedule", "learning rate the schedule ends at", PerStage = true, Elsewhere = "lrmin etamin lrf endlr finallr")]
    public double MinLr { get; init; }

    /// <summary>Epochs after which <c>multistep</c> multiplies the rate by gamma.</summary>
    [Setting("schedule", "when multistep drops: epochs, parts of them, or updates: 30,60 or 2.5 or 5000it,12000it", PerStage = true,
        Elsewhere = "lrsteps decaymilestones lrmilestones")]
    public Moment[] Milestones { get; init; } = [];

    /// <summary>Epochs between the drops of <c>step</c>, and in which <c>cyclic</c> rises.</summary>
    [Setting("schedule", "epochs between the drops of step, or updates: 500it", PerStage = true, Elsewhere = "lrstepsize decayepochs lrdecayepochs")]
    public Moment StepSize { get; init; } = 10;

    /// <summary>Factor of <c>step</c>, <c>multistep</c>, <c>exponential</c> and <c>plateau</c>.</summary>
    [Setting("schedule", "factor of a drop", Range = ">0..", PerStage = true, Elsewhere = "lrgamma decayrate lrdecay lrdecayrate")]
    public double Gamma { get; init; } = 0.1;

    /// <summary>Epochs without improvement before <c>plateau</c> lowers the rate.</summary>
    [Setting("schedule", "epochs without improvement before plateau drops", Range = "0..", Unit = "epochs", PerStage = true)]
    public int PlateauPatience { get; init; } = 10;

    /// <summary>
    /// Loss: a name of <see cref="Nn.LossFunction.Catalogue"/> or a weighted sum, parameters in parentheses: <c>ce+0.5*triplet(margin=0.5)</c>. Metric losses
    /// take
    /// the pooled features, losses of float targets the classes as one-hot rows; class_balanced counts the training part.
    /// </summary>
    [Setting("loss", "{losses}, or a weighted sum with parameters: ce+0.5*triplet(margin=0.5,soft_margin=true)", PerStage = true,
        Elsewhere = "criterion lossfn lossfunction objective")]
    public string Loss { get; init; } = "ce";

    /// <summary>
    /// Weight per class of ce, nll and focal: <c>balanced</c>, numbers in the order of the classes, or a file with them; null is none.
    /// </summary>
    [Setting("loss", "weight per class of ce, nll, focal: balanced, numbers, or a file with them", PerStage = true, Elsewhere = "classweights")]
    public string? ClassWeight { get; init; }

    /// <summary>Label smoothing of the cross-entropy, 0 … 1.</summary>
    [Setting("loss", "label smoothing", Aliases = ["--label-smoothing"], Range = "0..<1", PerStage = true)]
    public double Smoothing { get; init; }
}
