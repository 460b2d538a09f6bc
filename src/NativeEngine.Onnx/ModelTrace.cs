using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Onnx;

/// <summary>The operations of one evaluation pass in the order they ran, and the names of the tensors that belong to the model.</summary>
internal sealed class ModelTrace
{
    private ModelTrace(Tensor input, Tensor output, IReadOnlyList<TracedOp> ops, IReadOnlyDictionary<Tensor, string> state) =>
        (Input, Output, Ops, State) = (input, output, ops, state);

    /// <summary>[N, C, H, W]</summary>
    public Tensor Input { get; }

    /// <summary>The result.</summary>
    public Tensor Output { get; }

    /// <summary>The operations that the result depends on.</summary>
    public IReadOnlyList<TracedOp> Ops { get; }

    /// <summary>Names of parameters and buffers.</summary>
    public IReadOnlyDictionary<Tensor, string> State { get; }

    /// <summary>How many operations read each tensor.</summary>
    public int Uses(Tensor tensor) => Ops.Sum(op => op.Inputs.Count(input => ReferenceEquals(input, tensor))) + (ReferenceEquals(tensor, Output) ? 1 : 0);

    public static ModelTrace Of(Module module, Shape input)
    {
        var engine = module.Engine;
        var state = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        foreach (var (name, tensor) in module.StateTensors())
            state[tensor] = name;
        var ops = new List<TracedOp>();
        var before = engine.Tracer;
        using var step = engine.BeginStep();
        using var noGrad = engine.NoGrad();
        var x = engine.Zeros(input);
        using var evaluation = module.PauseTraining();
        engine.Tracer = ops.Add;
        try
        {
            var y = module.Forward(x);
            return new ModelTrace(x, y, Needed(ops, y), state);
        }
        finally
        {
            engine.Tracer = before;
        }
    }

    private static List<TracedOp> Needed(List<TracedOp> ops, Tensor output)
    {
        var wanted = new HashSet<Tensor>(ReferenceEqualityComparer.Instance) { output };
        var needed = new List<TracedOp>();
        for (int i = ops.Count - 1; i >= 0; i--)
        {
            if (!wanted.Contains(ops[i].Output))
                continue;
            needed.Add(ops[i]);
            wanted.UnionWith(ops[i].Inputs.OfType<Tensor>());
        }

        needed.Reverse();
        return needed;
    }
}
