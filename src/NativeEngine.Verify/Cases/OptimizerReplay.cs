using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Verify;

/// <summary>Optimizers: one parameter, the gradients of some steps, the parameter after each.</summary>
internal static class OptimizerReplay
{
    public static IReadOnlyList<Comparison> Run(Engine engine, ReferenceCase reference)
    {
        var start = reference.Required("in.param");
        double lr = reference.Attributes.Number("lr");
        bool maximize = reference.Attributes.Flag("maximize", false);
        if (!start.Type.IsFloat())
            throw new DataException($"tensor in.param: expects floats, is {start.Type}");
        var holder = new Holder(engine, Shape.Create(start.Shape));
        holder.LoadState(Single(start), reference.Name);
        var optimizer = Create(reference, ParameterGroup.Of(holder, reference.Attributes.Number("weight_decay", 0)), reference.Subject);
        reference.Attributes.RefuseUnread();
        if (reference.Behind("in.").Count() > 1)
            throw new UnsupportedCaseException("arguments beside in.param");
        var results = new List<Comparison>();
        int steps = reference.Behind("grad.").Count();
        for (int i = 0; i < steps; i++)
        {
            var gradient = reference.Required($"grad.{i}");
            if (!gradient.Type.IsFloat() || !gradient.Shape.AsSpan().SequenceEqual(start.Shape))
                throw new DataException($"tensor grad.{i}: expects floats [{string.Join(',', start.Shape)}], is {gradient.Type} "
                    + $"[{string.Join(',', gradient.Shape)}]");
            using (engine.BeginStep())
            {
                // The gradient of Σ p·g is g itself, to the bit.
                optimizer.ZeroGrad();
                var given = CaseReplay.Upload(engine, gradient, $"grad.{i}");
                (holder.Value * (maximize ? given.Neg() : given)).Sum().Backward();
                optimizer.Step(lr);
            }

            if (reference.Tensors.TryGetValue($"out.param.{i}", out var expected))
                results.Add(CaseReplay.Compare(reference, $"out.param.{i}", expected, holder.Value));
        }

        if (results.Count != reference.Behind("out.").Count())
            throw new DataException($"expects out.param.0 … out.param.{steps - 1}, one per gradient, and no other output");
        return results;
    }

    /// <summary>An optimizer with the attributes of a case that are options of it.</summary>
    internal static Optimizer Create(ReferenceCase reference, IReadOnlyList<ParameterGroup> groups, string name)
    {
        var catalogue = OptimizerSettings.Catalogue;
        if (!catalogue.Names.Contains(name))
            throw new UnsupportedCaseException($"optimizer '{name}'{NearestName.Suggest(name, catalogue.Names)}");
        foreach (string means in Implementations)
            _ = reference.Attributes.Raw(means);
        return catalogue.Bind(name, reference.Attributes.Value).Create(groups);
    }

    // How PyTorch computes, not what.
    private static readonly string[] Implementations = ["foreach", "fused", "capturable", "differentiable"];

    private static StateDict Single(HostTensor value)
    {
        var state = new StateDict();
        state.Add(Holder.ParameterName, value);
        return state;
    }

    /// <summary>The smallest module: one parameter.</summary>
    private sealed class Holder : Module
    {
        public const string ParameterName = "param";

        public Holder(Engine engine, Shape shape)
            : base(engine) => Value = AddParameter(ParameterName, shape, ParameterKind.Weight, (values, _, _) => values.Clear());

        public Tensor Value { get; }

        protected override Tensor Compute(Tensor x) => x * Value;
    }
}
