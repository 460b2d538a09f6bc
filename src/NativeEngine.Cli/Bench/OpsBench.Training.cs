using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Bench;

/// <summary>What a step does besides its model: updates of all parameters, and losses with their gradients.</summary>
internal sealed partial class OpsBench
{
    /// <summary>Unavoidable traffic: SGD reads parameter, gradient and momentum and writes two of them; Adam reads four and writes three.</summary>
    private IEnumerable<Case> Updates()
    {
        const int SgdPasses = 5, AdamPasses = 7;
        Shape[] shapes = Parameters("resnet18_cifar");
        double bytes = 4.0 * shapes.Sum(s => s.Count);
        yield return Update($"sgd momentum {shapes.Length} tensors", SgdPasses * bytes, shapes, 1,
            new OptimizerArgs(OptimizerRule.Sgd, 1e-3, 2) { Momentum = 0.9 });
        yield return Update($"adam {shapes.Length} tensors", AdamPasses * bytes, shapes, 2,
            new OptimizerArgs(OptimizerRule.Adam, 1e-3, 2) { Beta1 = 0.9, Beta2 = 0.999, Eps = 1e-8 });
    }

    private Case Update(string name, double bytes, Shape[] shapes, int states, OptimizerArgs args) => new(name, 0, bytes, () =>
    {
        OptimizerSlot[] slots = [.. shapes.Select(s =>
            new OptimizerSlot(Random(s), Random(s), engine.Zeros(s), states > 1 ? engine.Zeros(s) : null, null, 0, 1))];
        return () => _backend.OptimizerStep(args, slots, null);
    });

    /// <summary>Forward and backward; unavoidable traffic: the input is read and its gradient written.</summary>
    private IEnumerable<Case> Losses()
    {
        yield return Loss("triplet", "batch hard 256x512", 256, 512, 32);
        yield return Loss("cross_entropy", "4096x1000", 4096, 1000, 1000);
        foreach (string loss in (string[])["focal", "squared", "softmax_inverse", "ohem"])
            yield return Loss(loss, "4096x1000", 4096, 1000, 1000);
    }

    private Case Loss(string loss, string what, int rows, int columns, int classes) => new($"{loss} {what} fwd+bwd", 0, 8.0 * rows * columns, () =>
    {
        var function = LossFunction.Catalogue.Create(loss);
        Tensor x = Leaf([rows, columns]), target = engine.From([.. Enumerable.Range(0, rows).Select(i => i * classes / rows)], [rows]);
        return () =>
        {
            using var step = engine.BeginStep();
            x.ZeroGrad();
            Tensor value = function.Compute(x, target);
            value.Backward();
            value.Item();
        };
    });

    private static Shape[] Parameters(string model)
    {
        using var shapes = new Engine(new ShapeBackend());
        return [.. ModelCatalogue.Create(model, shapes, new ModelOptions { NumClasses = 100, Initialize = false }).NamedParameters()
            .Select(p => p.Tensor.Shape)];
    }
}
