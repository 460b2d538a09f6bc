using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>The loss a run minimises, from its settings and the classes of its training images.</summary>
public static class TrainingLoss
{
    /// <summary>Reads the loss and completes it by the data: sizes and weights of the classes.</summary>
    /// <param name="options">Loss, class weights and smoothing.</param>
    /// <param name="data">The training part.</param>
    /// <exception cref="UsageException">Names the term and what it does not take.</exception>
    public static CombinedLoss Create(TrainOptions options, Dataset data)
    {
        var weights = new ClassWeights(options.ClassWeight, data);
        var loss = CombinedLoss.Parse(options.Loss, term => Complete(term, options, () => weights.Sizes(), () => weights.Values));
        foreach (var (_, term) in loss.Terms)
        {
            if (term.Options.IgnoreIndex is { } ignored && (uint)ignored < (uint)data.Classes.Count)
                throw new UsageException($"loss {term.Name} leaves out images of class {ignored} ({data.Classes[ignored]}): this data has {data.Classes.Count} classes; set {term.Name}(ignore_index=-1)");
            foreach (var (vector, name) in new[] { (term.Options.Weight, "weight"), (term.Options.ClassAlpha, "alpha"), (term.Options.Counts, "counts"), (term.Options.PosWeight, "pos_weight") })
            {
                if (vector is not null && vector.Count != data.Classes.Count)
                    throw new UsageException($"loss {term.Name}: {name} has {vector.Count} numbers, expects one for each of the {data.Classes.Count} classes");
            }
        }

        return loss;
    }

    /// <summary>How the first term that takes embeddings compares them; null when no term does.</summary>
    internal static EmbeddingDistance? Compares(TrainOptions options) => LossTerm.ParseSum(options.Loss).Select(t => t.Compares).FirstOrDefault(d => d is not null);

    /// <summary>Checks what can be checked without data.</summary>
    internal static void Validate(TrainOptions options)
    {
        var loss = CombinedLoss.Parse(options.Loss, term => Complete(term, options, () => [1], () => [1]));
        if (options.ClassWeight is not null)
        {
            ClassWeights.Check(options.ClassWeight);
            if (!loss.Terms.Any(t => TakesClassWeight(t.Loss.Name)))
                throw new UsageException($"class_weight is used by ce, nll and focal, but loss is {options.Loss}");
        }

        if (options.Smoothing > 0 && !loss.Terms.Any(t => LossFunction.Takes(t.Loss.Name).Contains("label_smoothing")))
            throw new UsageException($"smoothing belongs to loss ce, but loss is {options.Loss}");
        if (!loss.Terms.Any(t => t.Factor > 0))
            throw new UsageException($"loss {options.Loss}: every factor is 0");
    }

    private static bool TakesClassWeight(string name) => LossFunction.Takes(name) is var takes && (takes.Contains("weight") || takes.Contains("class_alpha"));

    private static LossOptions Complete(LossTerm term, TrainOptions options, Func<IReadOnlyList<double>> sizes, Func<IReadOnlyList<double>> weights)
    {
        var takes = LossFunction.Takes(term.Name);
        var o = term.Options;
        if (takes.Contains("label_smoothing") && options.Smoothing > 0)
            o = o.LabelSmoothing is null ? o with { LabelSmoothing = options.Smoothing } : throw new UsageException($"smoothing {options.Smoothing} and {term.Name}(label_smoothing={o.LabelSmoothing}) contradict each other; give one");
        if (takes.Contains("counts") && o.Counts is null)
            o = o with { Counts = sizes() };
        if (options.ClassWeight is null)
            return o;
        if (o.Weight is not null || o.ClassAlpha is not null)
            throw new UsageException($"class_weight and the weights written in loss {options.Loss} contradict each other; give one");
        return takes.Contains("weight") ? o with { Weight = weights() } : takes.Contains("class_alpha") ? o with { ClassAlpha = weights() } : o;
    }
}
