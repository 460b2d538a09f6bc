using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Verify;

/// <summary>
/// Models: logits in evaluation mode, gradients of the first step, losses and state of some training steps on one batch. An optimizer that takes two
/// gradients a step (SAM) takes the second from the same batch, which leaves the statistics of batch norm alone; <c>grad.*</c> is the first.
/// </summary>
internal static class ModelReplay
{
    /// <summary>More steps are taken for a corrupted file.</summary>
    private const int MostSteps = 1000;

    public static IReadOnlyList<Comparison> Run(Engine engine, ReferenceCase reference)
    {
        if (!ModelCatalogue.All.Any(d => d.Name == reference.Subject))
            throw new UnsupportedCaseException($"model '{reference.Subject}'{NearestName.Suggest(reference.Subject, ModelCatalogue.All.Select(d => d.Name))}");
        var a = reference.Attributes;
        Tensor input = CaseReplay.Upload(engine, reference.Required("in.input"), "in.input", persistent: true),
            target = CaseReplay.Upload(engine, reference.Required("in.target"), "in.target", persistent: true);
        if (input.Shape.Rank != 4 || !input.DType.IsFloat())
            throw new DataException($"tensor in.input {input.Shape}: expects float images [N, C, H, W]");
        int steps = a.Integer("steps", 0);
        if (steps is < 0 or > MostSteps)
            throw new DataException($"attrs.steps = {steps}: expects 0..{MostSteps}");
        if (a.Text("loss", "cross_entropy") is var loss && loss != "cross_entropy")
            throw new UnsupportedCaseException($"loss '{loss}' in a model case");
        double lr = a.Number("lr", 0);
        var model = ModelCatalogue.Create(reference.Subject, engine,
            new ModelOptions
            {
                NumClasses = a.Integer("num_classes"), InChans = a.Integer("in_chans", 3), ImgSize = input.Shape[2], Drop = 0, DropPath = 0,
                Initialize = false
            });
        model.LoadState(State(reference), reference.Name);
        var optimizer = OptimizerReplay.Create(reference, ParameterGroup.Of(model, a.Number("weight_decay", 0)), a.Text("optimizer", "sgd"));
        a.RefuseUnread();
        RefuseUnknown(reference);

        var results = new List<Comparison>();
        if (reference.Tensors.TryGetValue("out.logits_eval", out var logits))
        {
            model.Eval();
            using (engine.BeginStep())
            using (engine.NoGrad())
                results.Add(CaseReplay.Compare(reference, "out.logits_eval", logits, model.Forward(input)));
        }

        model.Train();
        var losses = new double[steps];
        for (int i = 0; i < steps; i++)
        {
            using var step = engine.BeginStep();
            optimizer.ZeroGrad();
            var value = model.Forward(input).CrossEntropy(target);
            value.Backward();
            losses[i] = value.Item();
            if (i == 0)
                results.AddRange(reference.Behind("grad.").Select(g => CaseReplay.Compare(reference, $"grad.{g.Name}", g.Tensor, Gradient(model, g.Name))));
            if (optimizer.NeedsSecondGradient)
            {
                optimizer.Ascend();
                optimizer.ZeroGrad();
                using var pause = model.PauseStatistics();
                model.Forward(input).CrossEntropy(target).Backward();
            }

            optimizer.Step(lr);
        }

        if (reference.Tensors.TryGetValue("out.loss", out var expected))
            results.Add(CaseReplay.Compare(reference, "out.loss", expected, [steps], losses));
        var after = model.StateDict();
        foreach (var (name, tensor) in reference.Behind("out.state."))
        {
            results.Add(after.TryGetValue(name, out var got)
                ? CaseReplay.Compare(reference, $"out.state.{name}", tensor, Shape.Create(got.Shape), got.ToDoubles())
                : throw new DataException($"tensor out.state.{name}: the model has no {name}"));
        }

        return results;
    }

    private static Tensor Gradient(Model model, string name) =>
        model.NamedParameters().FirstOrDefault(p => p.Name == name)?.Tensor.Grad
            ?? throw new DataException($"tensor grad.{name}: the model has no trained parameter {name}");

    private static StateDict State(ReferenceCase reference)
    {
        var state = new StateDict();
        foreach (var (name, tensor) in reference.Behind("state."))
            state.Add(name, tensor);
        return state;
    }

    private static void RefuseUnknown(ReferenceCase reference)
    {
        foreach (string name in reference.Tensors.Keys)
        {
            if (name is "in.input" or "in.target" or "out.logits_eval" or "out.loss" || name.StartsWith("state.", StringComparison.Ordinal)
                    || name.StartsWith("grad.", StringComparison.Ordinal) || name.StartsWith("out.state.", StringComparison.Ordinal))
                continue;
            throw new UnsupportedCaseException($"tensor {name}");
        }
    }
}
