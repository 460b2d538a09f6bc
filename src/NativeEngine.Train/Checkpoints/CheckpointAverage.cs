using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>The mean of several weight files of one model, as a file that is evaluated like any checkpoint (Wortsman et al. 2022, "Model soups").</summary>
public static class CheckpointAverage
{
    /// <summary>Writes the mean; see <see cref="WeightAverage.Mean(IReadOnlyList{StateDict}, IReadOnlyList{string}?)"/>.</summary>
    /// <param name="sources">Weight files; integers and metadata are those of the last, without its best metric, which belongs to other weights.</param>
    /// <param name="target">The file to write; its extension says the format.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="CheckpointException">The files are of different models or classes, or one holds values that are not finite; names them.</exception>
    public static StateDict Write(IReadOnlyList<string> sources, string target)
    {
        WeightFile.RequireWritable(target);
        var files = sources.Select(WeightFile.Read).ToList();
        RequireSame(files, sources, "arch");
        RequireSame(files, sources, "classes"); // in another order the rows of the head belong to other classes
        for (int i = 0; i < files.Count; i++)
            WeightValues.Require(files[i].Tensors, sources[i]);
        var mean = WeightAverage.Mean(files.ConvertAll(f => f.Tensors), sources);
        WeightFile.Write(target, mean, CheckpointMetadata.For(mean, files[^1], sources[^1], otherBest: true));
        return mean;
    }

    private static void RequireSame(List<WeightFile> files, IReadOnlyList<string> sources, string key)
    {
        if (!files[^1].Metadata.TryGetValue(key, out var expected))
            return;
        for (int i = 0; i < files.Count - 1; i++)
        {
            if (files[i].Metadata.TryGetValue(key, out var got) && got != expected)
                throw new CheckpointException($"{sources[i]} has {key} {got}, {sources[^1]} has {expected}: only checkpoints of one model can be averaged");
        }
    }
}
