using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>The distinct sizes of the heavy operations in a model's training step.</summary>
/// <param name="Convolutions">Convolutions, and whether a bias is added.</param>
/// <param name="Products">Matrix products of forward and backward, and whether a bias is added.</param>
/// <param name="BatchNorms">Batch norms.</param>
public sealed record ModelShapes(IReadOnlyList<(ConvSizes Sizes, bool Bias)> Convolutions, IReadOnlyList<(GemmSizes Sizes, bool Bias)> Products,
    IReadOnlyList<BatchNormSizes> BatchNorms)
{
    /// <summary>Runs one step of a model on a device that computes nothing.</summary>
    /// <param name="name">A name of the catalogue.</param>
    /// <param name="options">Sizes of the model.</param>
    /// <param name="batch">Images per step; batch norms want at least 2.</param>
    public static ModelShapes Of(string name, ModelOptions? options = null, int batch = 2)
    {
        var backend = new ShapeBackend();
        using var engine = new Engine(backend);
        var model = ModelCatalogue.Create(name, engine, (options ?? new ModelOptions()) with { Initialize = false });
        model.Train();
        using var step = engine.BeginStep();
        model.Forward(engine.Empty(model.InputShape(batch))).CrossEntropy(engine.Empty([batch], DType.Int32)).Backward();
        return new ModelShapes([.. backend.Convolutions.Distinct()], [.. backend.Products.Distinct()], [.. backend.BatchNorms.Distinct()]);
    }
}
