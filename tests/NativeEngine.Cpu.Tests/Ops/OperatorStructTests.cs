using NativeEngine.Core;
using NativeEngine.Cpu.Operators;

namespace NativeEngine.Cpu.Tests.Ops;

/// <summary>A function without its struct is refused with the file that lacks it.</summary>
internal sealed class OperatorStructTests
{
    [Test]
    public void Every_function_has_its_struct()
    {
        foreach (var op in Enum.GetValues<UnaryOp>())
            Assert.That(UnaryKernel.Of(op, default).GetType().GetGenericArguments()[0].Name, Is.EqualTo($"{op}Operator"));
        foreach (var op in Enum.GetValues<BinaryOp>())
            Assert.That(BinaryKernel.Of(op).GetType().GetGenericArguments()[0].Name, Is.EqualTo($"{op}Operator"));
    }

    [Test]
    public void A_missing_one_is_said_with_its_file()
    {
        Assert.That(() => UnaryKernel.Of((UnaryOp)999, default), Throws.TypeOf<NotSupportedException>().With.Message.EqualTo(
            "the CPU backend cannot compute UnaryOp.999: src/NativeEngine.Cpu/Operators/UnaryOperators.cs needs a struct 999Operator : IUnaryOperator"));
        Assert.That(() => BinaryKernel.Of((BinaryOp)999), Throws.TypeOf<NotSupportedException>().With.Message.EqualTo(
            "the CPU backend cannot compute BinaryOp.999: src/NativeEngine.Cpu/Operators/BinaryOperators.cs needs a struct 999Operator : IBinaryOperator"));
    }
}
