namespace NativeEngine.Train;

/// <summary>Sums over the images of a batch, an update or an epoch, by name; those of parts add up to that of the whole.</summary>
public sealed class TrainingSums : Dictionary<string, double[]>
{
    /// <summary>True when both hold the same names with the same numbers.</summary>
    public override bool Equals(object? obj) =>
        obj is TrainingSums other && Count == other.Count && this.All(s => other.TryGetValue(s.Key, out var sums) && sums.SequenceEqual(s.Value));

    /// <inheritdoc/>
    public override int GetHashCode() => Count;

    /// <summary>Adds the sums of another part.</summary>
    public void Add(TrainingSums part)
    {
        foreach (var (name, sums) in part)
            AddTo(name, sums);
    }

    /// <summary>Adds a part of one of the sums.</summary>
    public void AddTo(string name, double[] part) => this[name] = TryGetValue(name, out var sums) ? [.. sums.Zip(part, (a, b) => a + b)] : part;
}
