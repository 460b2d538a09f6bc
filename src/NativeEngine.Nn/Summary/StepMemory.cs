using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>How much device memory an update takes: it is run on a device that stores and computes nothing.</summary>
/// <param name="model">A name of the catalogue.</param>
/// <param name="options">Sizes of the model.</param>
/// <param name="optimizer">Name of the optimizer.</param>
/// <param name="prepare">Changes the model before, for example freezes parts of it; null for nothing.</param>
public sealed class StepMemory(string model, ModelOptions options, string optimizer, Action<Model>? prepare = null)
{
    /// <summary>Part of the memory that is planned with; the rest is for gaps between buffers, which the first update leaves most of.</summary>
    private const double UsableShare = 0.7;

    /// <summary>The most bytes that weights, gradients, optimizer state and the activations of a batch take at once.</summary>
    public long Peak(int batch)
    {
        var backend = new ShapeBackend();
        using var engine = new Engine(backend);
        var network = ModelCatalogue.Create(model, engine, options with { Initialize = false });
        network.Train();
        prepare?.Invoke(network);
        var rule = OptimizerSettings.Catalogue.Create(optimizer).Create(ParameterGroup.Of(network, 0));
        var shape = network.InputShape(batch);
        for (int i = 0; i < 2; i++) // the first update makes gradients and state, the second has them from the start
        {
            using var step = engine.BeginStep();
            engine.Empty(shape, DType.UInt8);
            network.Forward(engine.Empty(shape)).CrossEntropy(engine.Empty([batch], DType.Int32)).Backward();
            rule.Step(0);
        }

        return backend.Memory.PeakBytes;
    }

    /// <summary>The largest batch below <paramref name="tried"/> that fits into <paramref name="bytes"/> with some room to spare; 0 when none does.</summary>
    public int LargestBatch(int tried, long bytes)
    {
        int fits = 0, low = 2, high = tried - 1; // a batch of one has no statistics
        while (low <= high)
        {
            int middle = low + (high - low) / 2;
            if (Peak(middle) <= UsableShare * bytes)
                (fits, low) = (middle, middle + 1);
            else
                high = middle - 1;
        }

        return fits;
    }
}
