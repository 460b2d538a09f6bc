using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>All models by name.</summary>
public static class ModelCatalogue
{
    /// <summary>Every model, family by family.</summary>
    public static IReadOnlyList<ModelDefinition> All { get; } =
    [
        Mlp.Definition,
        LeNet.Definition,
        SmallCnn.Definition,
        PlainCnn.Definition,
        .. ResNet.Definitions,
        .. WideResNet.Definitions,
        .. Vgg.Definitions,
        .. DenseNet.Definitions,
        .. EfficientNet.Definitions,
        MobileNetV2.Definition,
        .. MobileNetV3.Definitions,
        SqueezeNet.Definition,
    ];

    /// <summary>The model of this name; an unknown one is a <see cref="UsageException"/> that names the nearest.</summary>
    public static ModelDefinition Find(string name)
    {
        foreach (var definition in All)
        {
            if (definition.Name == name)
                return definition;
        }

        throw new UsageException($"unknown model '{name}'{SuggestFor(name)}; `models list` shows all {All.Count}");
    }

    /// <summary>", did you mean 'x'?" for the model that another program calls <paramref name="name"/>, or that is spelled nearly so; else nothing.</summary>
    public static string SuggestFor(string name)
    {
        string own = name[(name.LastIndexOf('/') + 1)..].Split('.')[0]; // microsoft/resnet-50, resnet18.a1_in1k
        var known = All.Select(d => d.Name).ToList();
        string wide = NearestName.Plain(own).Replace("wideresnet", "wrn"); // the paper's nets are wrn_40_10, torchvision's wide_resnet50_2
        return known.Any(k => NearestName.Plain(k) == wide) ? NearestName.Suggest(wide, known) : NearestName.Suggest(own, known);
    }

    /// <summary>Makes a model with drawn weights (see <see cref="Module.Initialize"/>), in training mode.</summary>
    public static Model Create(string name, Engine engine, ModelOptions? options = null)
    {
        var definition = Find(name);
        options ??= new ModelOptions();
        var d = definition.Defaults;
        var settings = new ModelSettings(options.NumClasses ?? d.NumClasses, options.InChans ?? d.InChans, options.ImgSize ?? d.ImgSize,
            options.Drop ?? d.Drop, options.DropPath ?? d.DropPath);
        Require(settings.NumClasses >= 1, $"{name}: {settings.NumClasses} classes, expects at least 1");
        Require(settings.InChans >= 1, $"{name}: {settings.InChans} input channels, expects at least 1");
        Require(settings.ImgSize >= 1, $"{name}: image size {settings.ImgSize}, expects at least 1");
        Require(settings.Drop is >= 0 and < 1, $"{name}: drop {settings.Drop}, expects 0 up to but not including 1");
        Require(settings.DropPath is >= 0 and < 1, $"{name}: drop-path {settings.DropPath}, expects 0 up to but not including 1");
        if (settings.DropPath > 0 && !HasDropPath(definition, settings))
            throw new UsageException($"{name}: drop-path {settings.DropPath}, expects 0: the model has no residual blocks that could be skipped");
        if (options.Initialize && settings.ImgSize < d.ImgSize)
            // refuses images that are too small
            ModelSummary.Of(name, new ModelOptions { NumClasses = settings.NumClasses, InChans = settings.InChans, ImgSize = settings.ImgSize });
        var model = definition.Build(engine, settings);
        model.Architecture = name;
        if (options.Initialize)
            model.Initialize();
        return model;
    }

    // Looked up on a device that stores nothing: which models have such blocks is written in their layers and nowhere else.
    private static bool HasDropPath(ModelDefinition definition, ModelSettings settings)
    {
        using var engine = new Engine(new ShapeBackend());
        return definition.Build(engine, settings).Modules().Any(m => m is DropPath { P: > 0 });
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new UsageException(message);
    }
}
