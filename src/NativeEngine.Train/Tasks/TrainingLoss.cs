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
    /// <param name="losses">The losses there are.</param>
    /// <exception cref="UsageException">Names the term and what it does not take.</exception>
    public static CombinedLoss Create(TrainOptions options, Dataset data, RecordCatalogue<LossFunction>? losses = null)
    {
        var weights = new ClassWeights(options.ClassWeight, data);
        var loss = CombinedLoss.Parse(options.Loss, term => Complete(term, options, () => weights.Sizes(), () => weights.Values), losses);
        foreach (var (_, term) in loss.Terms)
        {
            if (term.Ignored is { } ignored && (uint)ignored < (uint)data.Classes.Count)
                throw new UsageException($"loss {term.Name} leaves out images of class {ignored} ({data.Classes[ignored]}): this data has "
                    + $"{data.Classes.Count} classes; set {term.Name}(ignore_index=-1)");
            foreach (var (name, vector) in term.ClassVectors)
            {
                if (vector is not null && vector.Count != data.Classes.Count)
                    throw new UsageException($"loss {term.Name}: {name} has {vector.Count} numbers, expects one for each of the {data.Classes.Count} classes");
            }
        }

        return loss;
    }

    /// <summary>How the first term that takes embeddings compares them; null when no term does.</summary>
    internal static EmbeddingDistance? Compares(TrainOptions options, RecordCatalogue<LossFunction> losses) =>
        LossTerm.ParseSum(options.Loss, losses).Select(t => t.Loss).OfType<MetricLoss>().FirstOrDefault()?.Compares;

    /// <summary>Checks what can be checked without data.</summary>
    internal static void Validate(TrainOptions options, RecordCatalogue<LossFunction> losses)
    {
        var loss = CombinedLoss.Parse(options.Loss, term => Complete(term, options, () => [1], () => [1]), losses);
        if (options.ClassWeight is not null)
        {
            ClassWeights.Check(options.ClassWeight);
            if (!loss.Terms.Any(t => t.Loss.WithClassWeights([1]) is not null))
                throw new UsageException($"class_weight is used by ce, nll and focal, but loss is {options.Loss}");
        }

        if (options.Smoothing > 0 && !loss.Terms.Any(t => t.Loss.WithSmoothing(0) is not null))
            throw new UsageException($"smoothing belongs to loss ce, but loss is {options.Loss}");
        if (options.Mixes && loss.Terms.FirstOrDefault(t => !t.Loss.TakesFloatTarget && !t.Loss.TakesProbabilities).Loss is { } hard)
            throw new UsageException($"mixup and cutmix give an image shares of two classes, which loss {hard.Name} does not take; ce, mse, l1 and "
                + "bce_with_logits do");
        if (!loss.Terms.Any(t => t.Factor > 0))
            throw new UsageException($"loss {options.Loss}: every factor is 0");
    }

    private static LossFunction Complete(LossTerm term, TrainOptions options, Func<IReadOnlyList<double>> sizes, Func<IReadOnlyList<double>> weights)
    {
        var loss = term.Loss;
        if (options.Smoothing > 0 && loss.WithSmoothing(options.Smoothing) is { } smoothed)
            loss = !term.Given.Contains("label_smoothing") ? smoothed
                : throw new UsageException($"smoothing {options.Smoothing} and the label_smoothing written in {term.Name}(...) contradict each other; "
                    + "give one");
        if (loss.WithClassSizes([1]) is not null)
            loss = loss.WithClassSizes(sizes())!;
        if (options.ClassWeight is null || loss.WithClassWeights([1]) is null)
            return loss;
        if (loss.ClassVectors.Any(v => term.Given.Contains(v.Name)))
            throw new UsageException($"class_weight and the weights written in loss {options.Loss} contradict each other; give one");
        return loss.WithClassWeights(weights())!;
    }
}
