using System.Text.Json;
using System.Text.Json.Nodes;
using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>The stages of a run: those of <see cref="TrainOptions.Stages"/>, the two around <see cref="TrainOptions.UnfreezeAt"/>, or one.</summary>
internal static class StageList
{
    /// <summary>What may differ between stages. The rest is decided once: data, model, evaluation, device, output.</summary>
    private static readonly string[] Keys = [.. TrainOptions.Settings.Where(s => s.PerStage).Select(s => s.Key)];

    private const string NameKey = "name";

    /// <summary>The stages in order; every one has settings that are valid by themselves.</summary>
    /// <exception cref="UsageException">Names the stage and what is wrong with it.</exception>
    public static IReadOnlyList<TrainStage> Of(TrainOptions options) => Of(options, TrainingTask.Default);

    /// <summary>The stages of a run for a task.</summary>
    public static IReadOnlyList<TrainStage> Of(TrainOptions options, TrainingTask task)
    {
        if (options.Stages is not null)
            return Parse(options, task);
        var whole = options with { UnfreezeAt = 0 };
        if (options.UnfreezeAt == 0 || options.UnfreezeAt >= options.Epochs)
            return [new TrainStage(0, "", whole, 0, options.Epochs)];
        return
        [
            new TrainStage(0, "frozen", whole, 0, options.UnfreezeAt),
            new TrainStage(1, "unfrozen", whole with { Freeze = null, FreezeBackbone = false, CacheFeatures = null }, options.UnfreezeAt, options.Epochs,
                ContinuesSchedule: true),
        ];
    }

    private static List<TrainStage> Parse(TrainOptions options, TrainingTask task)
    {
        var common = JsonNode.Parse((options with { Stages = null }).ToJson())!.AsObject();
        var stages = new List<TrainStage>();
        foreach (var node in Array(options.Stages!))
        {
            var settings = common.DeepClone().AsObject();
            string name = node[NameKey]?.ToString() ?? "", title = $"stage {stages.Count + 1}{(name.Length > 0 ? $" ({name})" : "")}";
            foreach (var (key, value) in node)
            {
                if (key == NameKey)
                    continue;
                if (!Keys.Contains(key))
                    throw new UsageException($"stages: {title}: {key} cannot differ between stages{NearestName.Suggest(key, Keys)}; a stage may set "
                        + $"{string.Join(", ", Keys)}");
                settings[key] = value?.DeepClone();
            }

            TrainOptions own;
            try
            {
                own = TrainOptions.FromJson(settings.ToJsonString(), title);
                if (options.DryRun)
                    own = own with { Epochs = 1, WarmupEpochs = 0 };
                own.Validate(task);
            }
            catch (EngineException e) when (e is CheckpointException or UsageException)
            {
                throw new UsageException($"stages: {title}: {e.Message}", e);
            }

            int first = stages.Count > 0 ? stages[^1].EndEpoch : 0;
            stages.Add(new TrainStage(stages.Count, name, own, first, first + own.Epochs));
        }

        return stages.Count > 0 ? stages : throw new UsageException("stages: expected at least one stage");
    }

    private static IEnumerable<JsonObject> Array(string text)
    {
        try
        {
            if (JsonNode.Parse(text) is JsonArray list && list.All(n => n is JsonObject))
                return list.Select(n => n!.AsObject());
        }
        catch (JsonException)
        {
            // said below
        }

        throw new UsageException("stages: expected a list of stages, each with its settings");
    }
}
