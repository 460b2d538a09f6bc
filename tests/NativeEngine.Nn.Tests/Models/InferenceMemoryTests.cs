using NativeEngine.Core;
using NativeEngine.Verify;

namespace NativeEngine.Nn.Tests;

/// <summary>Without recording, an activation lives until its last reader is done.</summary>
public sealed class InferenceMemoryTests
{
    private const int Batch = 4;

    /// <summary>
    /// A residual block holds its input, its branch before and after a layer, and a group of blocks the input of the first: four tensors at
    /// most; statistics and gates are small.
    /// </summary>
    [TestCase("lenet")]
    [TestCase("efficientnet_b0")]
    [TestCase("resnet18_cifar")]
    [TestCase("mini_resnet_bottleneck")]
    [TestCase("mobilenet_v2")]
    [TestCase("mobilenet_v3_small")]
    [TestCase("densenet121")]
    [TestCase("squeezenet1_1")]
    [TestCase("wrn_40_2")]
    [TestCase("plaincnn")]
    public void AForwardPassHoldsNoMoreThanABlockNeeds(string name)
    {
        long largest = ModelSummary.Of(name, batch: Batch).Layers.Max(l => l.Output.Count) * sizeof(float);
        var backend = new ShapeBackend();
        using var engine = new Engine(backend);
        var model = ModelCatalogue.Create(name, engine, new ModelOptions { Initialize = false });
        model.Eval();
        using var noGrad = engine.NoGrad();
        using var step = engine.BeginStep();
        var images = engine.Empty(model.InputShape(Batch));
        long before = backend.Memory.LiveBytes;
        var logits = model.Forward(images);
        Assert.That(backend.Memory.PeakBytes - before, Is.LessThan(4 * largest + largest / 8), $"the largest layer makes {largest} bytes");
        Assert.That(backend.Memory.LiveBytes - before, Is.EqualTo(logits.Count * sizeof(float)), "nothing but the logits is left");
        Assert.That(images.IsFreed, Is.False, "the caller's tensor is not the model's to free");
    }

    /// <summary>The same values come out whether activations are kept for backward or freed early.</summary>
    [TestCase("lenet")]
    [TestCase("mini_resnet_basic")]
    [TestCase("mini_resnet_bottleneck")]
    [TestCase("squeezenet1_1")]
    public void FreeingEarlyChangesNoValue(string name)
    {
        using var engine = new Engine(new ReferenceBackend()) { PoisonNewTensors = true };
        var model = ModelCatalogue.Create(name, engine, new ModelOptions { NumClasses = 3, InChans = 1, ImgSize = 32 });
        model.Eval();
        double[] pixels = [.. Enumerable.Range(0, 32 * 32).Select(i => Math.Sin(i))];
        double[] recorded, free;
        using (engine.BeginStep())
            recorded = model.Forward(engine.From(pixels.AsSpan(), [1, 1, 32, 32])).ToArray<double>();
        using (engine.NoGrad())
        using (engine.BeginStep())
            free = model.Forward(engine.From(pixels.AsSpan(), [1, 1, 32, 32])).ToArray<double>();
        Assert.That(free, Is.EqualTo(recorded));
    }
}
