using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Which rows of a head, one per class, go where when the classes of a file and of a model differ: they are bound by name.</summary>
internal sealed class HeadRows
{
    private readonly int[] _rows; // for each class of the model the row of the file, -1 when it does not know the class

    /// <param name="file">Names of the file's classes, in the order of its rows.</param>
    /// <param name="model">Names of the model's classes, in the order of its rows.</param>
    public HeadRows(IReadOnlyList<string> file, IReadOnlyList<string> model)
    {
        _rows = [.. model.Select(name => file.Index().Where(c => c.Item == name).Select(c => c.Index).FirstOrDefault(-1))];
        string[] taken = [.. model.Where((_, i) => _rows[i] >= 0)], drawn = [.. model.Where((_, i) => _rows[i] < 0)], left = [.. file.Except(model)];
        Note = taken.Length == 0
            ? $"the file was trained for the classes {List(file)}, this model is for {List(model)}; drawn anew"
            : drawn.Length + left.Length == 0 ? $"classes bound by name, in the order {List(model)}"
            : $"classes bound by name: {List(taken)} from the "
                + $"file{(drawn.Length > 0 ? $"; {List(drawn)} drawn anew" : "")}{(left.Length > 0 ? $"; {List(left)} left out" : "")}";
    }

    /// <summary>What is done, as a person reads it.</summary>
    public string Note { get; }

    /// <summary>True when two tensors are the same parameter of heads with other numbers of classes.</summary>
    /// <param name="file">[classes of the file, …], floats of any type</param>
    /// <param name="mine">[classes of the model, …]</param>
    public static bool Fit(HostTensor file, int[] mine) => file.Type.IsFloat() && file.Shape.Length == mine.Length && mine.Length > 0
        && file.Shape.AsSpan(1).SequenceEqual(mine.AsSpan(1));

    /// <summary>The rows of the file for the classes it knows, and <paramref name="mine"/> for the others.</summary>
    /// <param name="file">[classes of the file, …]</param>
    /// <param name="mine">[classes of the model, …]</param>
    public HostTensor Take(HostTensor file, HostTensor mine)
    {
        float[] from = file.ToFloats(), to = mine.ToFloats();
        int length = to.Length / _rows.Length;
        for (int i = 0; i < _rows.Length; i++)
        {
            if (_rows[i] >= 0)
                from.AsSpan(_rows[i] * length, length).CopyTo(to.AsSpan(i * length));
        }

        return HostTensor.From(to, mine.Shape);
    }

    private static string List(IReadOnlyList<string> names) => NameList.Some(names, most: 5);
}
