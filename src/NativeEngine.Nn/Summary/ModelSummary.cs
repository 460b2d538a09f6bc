using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Layers of a model with output shapes, parameters, multiply-adds and activation memory.</summary>
public sealed class ModelSummary
{
    private ModelSummary(Model model, Shape input, Shape output, IReadOnlyList<LayerSummary> layers, long macs, long activationBytes)
    {
        (Architecture, Settings, Input, Output, Layers) = (model.Architecture, model.Settings, input, output, layers);
        Parameters = model.NamedParameters().Sum(p => p.Tensor.Count);
        Buffers = model.NamedBuffers().Sum(b => b.Tensor.Count);
        (Macs, ActivationBytes) = (macs, activationBytes);
    }

    /// <summary>Catalogue name.</summary>
    public string Architecture { get; }

    /// <summary>Sizes the model was made with.</summary>
    public ModelSettings Settings { get; }

    /// <summary>[N, C, H, W]</summary>
    public Shape Input { get; }

    /// <summary>[N, classes]</summary>
    public Shape Output { get; }

    /// <summary>Layers in the order they ran. A ReLU that is fused with its batch norm has no line of its own.</summary>
    public IReadOnlyList<LayerSummary> Layers { get; }

    /// <summary>Trained values.</summary>
    public long Parameters { get; }

    /// <summary>Values of the state that are not trained.</summary>
    public long Buffers { get; }

    /// <summary>Multiply-adds of convolutions and linear layers in one forward pass.</summary>
    public long Macs { get; }

    /// <summary>Memory that a recorded forward pass holds until backward, without weights and gradients.</summary>
    public long ActivationBytes { get; }

    /// <summary>
    /// Runs the model on a device that computes nothing. Needs neither the model's memory nor its time. Images that are too small for it are a
    /// <see cref="UsageException"/>.
    /// </summary>
    public static ModelSummary Of(string name, ModelOptions? options = null, int batch = 1)
    {
        var backend = new ShapeBackend();
        using var engine = new Engine(backend);
        var model = ModelCatalogue.Create(name, engine, (options ?? new ModelOptions()) with { Initialize = false });
        model.Eval(); // a single image has no batch statistics; what is kept for backward is the same
        using var step = engine.BeginStep();
        var input = engine.Empty(model.InputShape(batch));
        var layers = new List<LayerSummary>();
        long start = backend.Memory.LiveBytes, bytes = start, macs = 0;
        model.Observe((module, _, y) =>
        {
            if (module.Children.Any())
                return;
            long parameters = module.OwnParameters.Sum(p => p.Tensor.Count);
            layers.Add(new(module.Name, module.GetType().Name, y.Shape, parameters, backend.Macs - macs, backend.Memory.LiveBytes - bytes));
            (bytes, macs) = (backend.Memory.LiveBytes, backend.Macs);
        });
        var output = Forward(model, input);
        return new ModelSummary(model, input.Shape, output.Shape, layers, backend.Macs, backend.Memory.LiveBytes - start);
    }

    // Which size a model shrinks to nothing is written in its layers and nowhere else.
    private static Tensor Forward(Model model, Tensor input)
    {
        try
        {
            return model.Forward(input);
        }
        catch (ShapeException e) when (model.Settings.ImgSize < ModelCatalogue.Find(model.Architecture).Defaults.ImgSize)
        {
            throw new UsageException($"{model.Architecture}: images of {model.Settings.ImgSize}x{model.Settings.ImgSize} are too small ({e.Message})", e);
        }
    }
}
