namespace NativeEngine.Cli.Config;

/// <summary>
/// What timm, torchvision, Ultralytics, Keras, Lightning and transformers call the settings of a training, in small letters without signs
/// (<see cref="Core.NearestName.Plain"/>). Such names are suggested, not accepted: their values may mean something else.
/// </summary>
internal static class OtherPrograms
{
    private static readonly Dictionary<string, string> Names = new()
    {
        ["data"] = "datadir datasetdir dataroot root traindir traindatadir imagedir imgdir inputdir folder directory path",
        ["dataset"] = "datasettype dataformat",
        ["classes"] = "classnames",
        ["val_fraction"] = "validationsplit valsplit valratio valsize testsize holdout splitratio evalsplit",
        ["workers"] = "numworkers nworkers nworker dataloaderworkers dataloadernumworkers",
        ["random_shift"] = "randomcrop padding shift translate",
        ["hflip"] = "fliplr horizontalflip randomflip flip hflipprob flipprob randomhorizontalflip mirror",
        ["scale"] = "randomresizedcrop rrcscale cropscale trainscale resizescale randomcropscale",
        ["ratio"] = "aspectratio cropratio",
        ["crop_pct"] = "cropfraction centercrop croppercent",
        ["cache"] = "cacheimages cachedata cachemode",
        ["mean"] = "imagemean imgmean normmean",
        ["std"] = "imagestd imgstd stdev normstd",
        ["model"] = "arch architecture backbone net network modelname modeltype",
        ["num_classes"] = "nclasses nc nbclasses numlabels numclass classnum",
        ["in_chans"] = "inchannels channels inputchannels ch numchannels",
        ["img_size"] = "imgsz imagesize inputsize size resolution traincropsize trainsize resize cropsize inputshape targetsize",
        ["weights"] = "checkpoint ckpt initialcheckpoint initweights modelpath finetune weightspath loadweights checkpointpath pretrainedweights",
        ["drop"] = "dropout droprate dropoutrate",
        ["drop_path"] = "droppathrate stochasticdepth dropconnect",
        ["freeze_backbone"] = "freezefeatures linearprobe featureextract freezebase freezeencoder",
        ["opt"] = "optimizer optim optimname optimizername optimizertype algorithm",
        ["lr"] = "learningrate baselr lr0 initiallr maxlr initlr",
        ["weight_decay"] = "decay l2 weightdecayrate l2reg",
        ["opt_eps"] = "eps epsilon adamepsilon",
        ["opt_betas"] = "betas adambetas",
        ["clip_grad"] = "gradientclipval gradclip clip clipgradnorm maxgradnorm clipnorm",
        ["clip_mode"] = "gradientclipalgorithm",
        ["sched"] = "scheduler lrschedule lrschedulertype schedule lrpolicy lrsched schedulertype coslr",
        ["epochs"] = "numepochs nepochs maxepochs numtrainepochs trainepochs nbepochs",
        ["warmup_epochs"] = "lrwarmupepochs warmup warmepochs",
        ["warmup_lr"] = "warmuplrinit warmupinitlr",
        ["min_lr"] = "lrmin etamin lrf endlr finallr",
        ["milestones"] = "lrsteps decaymilestones lrmilestones",
        ["step_size"] = "lrstepsize decayepochs lrdecayepochs",
        ["gamma"] = "lrgamma decayrate lrdecay lrdecayrate",
        ["loss"] = "criterion lossfn lossfunction objective",
        ["class_weight"] = "classweights",
        ["batch_size"] = "batch bs trainbatchsize perdevicetrainbatchsize batchpergpu minibatch",
        ["eval_batch_size"] = "valbatchsize validationbatchsize testbatchsize vbs vb perdeviceevalbatchsize",
        ["grad_accum_steps"] = "accumulate gradientaccumulationsteps accumulategradbatches gradaccum accumiter accumsteps",
        ["model_ema"] = "ema modelemadecay emadecay",
        ["patience"] = "earlystopping earlystop earlystoppingpatience",
        ["max_time"] = "timelimit maxminutes",
        ["max_steps"] = "maxiters maxiter iterations numsteps trainsteps numiterations",
        ["eval_metric"] = "metric monitor metricforbestmodel",
        ["seed"] = "randomseed manualseed randomstate",
        ["device"] = "gpu gpus cuda accelerator usecuda usegpu gpuid",
        ["threads"] = "numthreads nthreads cpus",
        ["tf32"] = "allowtf32",
        ["output"] = "outputdir project savedir out outdir logdir results resultsdir workdir defaultrootdir",
        ["name"] = "runname expname experiment experimentname",
        ["log_interval"] = "printfreq logevery logfreq logeverynsteps loggingsteps",
        ["checkpoint_interval"] = "savefreq saveinterval",
        ["checkpoint_steps"] = "savesteps saveevery saveeverynsteps",
        ["dry_run"] = "fastdevrun smoketest",
        ["overfit_batches"] = "overfit",
    };

    /// <summary>Name elsewhere to key here.</summary>
    public static IReadOnlyDictionary<string, string> Keys { get; } =
        Names.SelectMany(row => row.Value.Split(' '), (row, other) => (row.Key, other)).ToDictionary(n => n.other, n => n.Key);

    /// <summary>Name elsewhere to flag here, of the settings a verb has.</summary>
    public static IReadOnlyDictionary<string, string> Flags(IReadOnlyCollection<string> flags) =>
        Keys.Select(n => (n.Key, Flag: new Setting(n.Value, "", "").Flag)).Where(n => flags.Contains(n.Flag)).ToDictionary(n => n.Key, n => n.Flag);
}
