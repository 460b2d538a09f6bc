using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>One line of the optimizer table: which rule, with which defaults, which options it takes.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Rule">The update rule.</param>
/// <param name="Defaults">Defaults; null where the option does not apply.</param>
internal sealed record OptimizerDefinition(string Name, OptimizerRule Rule, OptimizerOptions Defaults)
{
    public static IReadOnlyList<OptimizerDefinition> All { get; } =
    [
        new("sgd", OptimizerRule.Sgd, new() { Momentum = 0, Dampening = 0, Nesterov = false }),
        new("adam", OptimizerRule.Adam, new() { Betas = (0.9, 0.999), Eps = 1e-8, AmsGrad = false }),
        new("amsgrad", OptimizerRule.Adam, new() { Betas = (0.9, 0.999), Eps = 1e-8, AmsGrad = true }),
        new("adamw", OptimizerRule.AdamW, new() { Betas = (0.9, 0.999), Eps = 1e-8, AmsGrad = false }),
    ];

    /// <summary>The definition of a name, or a <see cref="UsageException"/> with the nearest.</summary>
    public static OptimizerDefinition Of(string name) => All.FirstOrDefault(d => d.Name == name)
        ?? throw new UsageException($"unknown optimizer '{name}'{NearestName.Suggest(name, All.Select(d => d.Name))}; known are {string.Join(", ", All.Select(d => d.Name))}");

    /// <summary>Fills in the defaults and checks every value.</summary>
    public OptimizerOptions Resolve(OptimizerOptions options)
    {
        var resolved = options with
        {
            Momentum = Pick("momentum", options.Momentum, Defaults.Momentum),
            Dampening = Pick("dampening", options.Dampening, Defaults.Dampening),
            Nesterov = Pick("nesterov", options.Nesterov, Defaults.Nesterov),
            Betas = Pick("betas", options.Betas, Defaults.Betas),
            Eps = Pick("eps", options.Eps, Defaults.Eps),
            AmsGrad = Pick("amsgrad", options.AmsGrad, Defaults.AmsGrad),
        };
        Require(resolved.ClipNorm >= 0, "clip norm", resolved.ClipNorm, "a number of at least 0");
        Require(resolved.Momentum is null or >= 0, "momentum", resolved.Momentum, "a number of at least 0");
        Require(resolved.Eps is null or >= 0, "eps", resolved.Eps, "a number of at least 0");
        Require(resolved.Betas is null or { First: >= 0 and < 1, Second: >= 0 and < 1 }, "betas", resolved.Betas, "two numbers from 0 to below 1");
        if (resolved.Nesterov == true && (resolved.Momentum == 0 || resolved.Dampening != 0))
            throw new UsageException($"{Name} with nesterov: expects a positive momentum and no dampening, got momentum {resolved.Momentum} and dampening {resolved.Dampening}");
        return resolved;
    }

    private T? Pick<T>(string option, T? given, T? standard) where T : struct
    {
        if (given is not null && standard is null)
            throw new UsageException($"optimizer {Name} has no option {option}");
        return given ?? standard;
    }

    private void Require(bool condition, string option, object? value, string expected)
    {
        if (!condition)
            throw new UsageException($"optimizer {Name}: {option} = {value}: expects {expected}");
    }
}
