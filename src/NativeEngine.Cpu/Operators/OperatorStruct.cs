namespace NativeEngine.Cpu.Operators;

/// <summary>Finds the struct of an element-wise function by its name: <c>UnaryOp.Relu</c> is computed by <c>ReluOperator</c>.</summary>
internal static class OperatorStruct
{
    /// <summary>The loops over the struct of a function, made when they are first asked for.</summary>
    /// <param name="table">Those that were made.</param>
    /// <param name="index">The function's place in it.</param>
    /// <param name="op">The function.</param>
    /// <param name="kernel">Loops over any such struct: <c>UnaryKernel&lt;&gt;</c>.</param>
    /// <exception cref="NotSupportedException">There is no such struct; names the file it belongs into.</exception>
    public static TKernel Kernel<TKernel>(TKernel?[] table, int index, Enum op, Type kernel) where TKernel : class =>
        index < table.Length && table[index] is { } made ? made : Make(table, index, op, kernel);

    private static TKernel Make<TKernel>(TKernel?[] table, int index, Enum op, Type kernel) where TKernel : class
    {
        var contract = kernel.GetGenericArguments()[0].GetGenericParameterConstraints().Single(c => c.IsInterface);
        var type = kernel.Assembly.GetType($"{kernel.Namespace}.{op}Operator");
        if (type is null || !type.IsAssignableTo(contract))
            throw new NotSupportedException($"the CPU backend cannot compute {op.GetType().Name}.{op}: src/NativeEngine.Cpu/Operators/"
                + $"{contract.Name[1..]}s.cs needs a struct {op}Operator : {contract.Name}");
        return table[index] = (TKernel)Activator.CreateInstance(kernel.MakeGenericType(type))!;
    }
}
