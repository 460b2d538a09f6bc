using System.Reflection;
using NativeEngine.TestKit;
using NativeEngine.Verify;

namespace NativeEngine.Core.Tests.Ops;

/// <summary>Nothing that a backend computes is without a case: what running the whole catalogue really called is compared with the contract.</summary>
public sealed class CatalogueCoverageTests
{
    private static readonly IReadOnlySet<string> Seen = Run();

    // A method with a body of its own (steps, graphs, reading later) is a service that a device may offer, not something it computes.
    private static IEnumerable<string> Methods =>
        typeof(IBackend).GetMethods().Where(m => m.IsAbstract && !m.IsSpecialName && m.Name != nameof(IBackend.Synchronize)).Select(m => m.Name);

    private static IEnumerable<string> Gradients =>
        typeof(IBackend).GetMethods().Where(m => m.GetParameters().Any(p => p.ParameterType == typeof(GradTarget))).Select(m => m.Name);

    private static IEnumerable<string> Members() =>
        from type in new[] { typeof(UnaryOp), typeof(BinaryOp), typeof(ReduceOp), typeof(ClassLossOp), typeof(ElementLossOp), typeof(OptimizerRule),
            typeof(PoolMode), typeof(Reduction), typeof(Operand), typeof(GradMode) }
        from name in Enum.GetNames(type)
        select $"{type.Name}.{name}";

    private static IEnumerable<string> Backward() =>
        from method in new[] { nameof(IBackend.UnaryBackward), nameof(IBackend.BinaryBackward) }
        from name in Enum.GetNames(method == nameof(IBackend.UnaryBackward) ? typeof(UnaryOp) : typeof(BinaryOp))
        select $"{method} {(method == nameof(IBackend.UnaryBackward) ? nameof(UnaryOp) : nameof(BinaryOp))}.{name}";

    [TestCaseSource(nameof(Methods))]
    public void Every_method_has_a_case(string method) => Assert.That(Seen, Does.Contain(method));

    [TestCaseSource(nameof(Members))]
    public void Every_member_has_a_case(string member) => Assert.That(Seen, Does.Contain(member));

    [TestCaseSource(nameof(Backward))]
    public void Every_derivative_has_a_case(string call) => Assert.That(Seen, Does.Contain(call));

    [TestCaseSource(nameof(Gradients))]
    public void Every_gradient_is_overwritten_and_accumulated(string method)
    {
        Assert.That(Seen, Does.Contain($"{method} GradMode.Overwrite"));
        Assert.That(Seen, Does.Contain($"{method} GradMode.Accumulate"));
    }

    private static HashSet<string> Run()
    {
        var backend = new RecordingBackend(new ReferenceBackend());
        using var engine = new Engine(backend);
        foreach (var op in OpCatalogue.All)
            OpRunner.Run(engine, op);
        return [.. backend.Seen];
    }
}
