namespace NativeEngine.Train;

/// <summary>Logits and answers of all images, class by class, until a figure is made of them.</summary>
/// <param name="figure">Makes the figure from (logits, answers) of each class.</param>
internal sealed class AnswersPerClass(Func<IReadOnlyList<(float[] Scores, bool[] Answers)>, double> figure) : IMeasurement<MultiLabelOutputs>
{
    private readonly List<(float[] Logits, float[] Rows)> _batches = [];
    private int _classes;

    public void Add(MultiLabelOutputs outputs)
    {
        _classes = outputs.Targets.Classes;
        _batches.Add((outputs.HostLogits, outputs.Targets.Rows.ToArray()));
    }

    public double Finish(CancellationToken stop)
    {
        var classes = new List<(float[], bool[])>();
        for (int c = 0; c < _classes; c++)
        {
            stop.ThrowIfCancellationRequested();
            var at = _batches.SelectMany(b => Enumerable.Range(0, b.Logits.Length / _classes).Select(i => (b, i: (i * _classes) + c))).ToList();
            classes.Add(([.. at.Select(a => a.b.Logits[a.i])], [.. at.Select(a => a.b.Rows[a.i] > 0.5f)]));
        }

        return figure(classes);
    }
}
