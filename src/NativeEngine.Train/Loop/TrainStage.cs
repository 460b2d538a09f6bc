namespace NativeEngine.Train;

/// <summary>A part of a run with settings of its own: what is frozen, loss, optimizer, schedule, batches.</summary>
/// <param name="Index">Position, from 0.</param>
/// <param name="Name">As a person calls it; may be empty.</param>
/// <param name="Options">All settings while it runs; <see cref="TrainOptions.Epochs"/> is the length of its schedule.</param>
/// <param name="FirstEpoch">Epoch of the run it begins at, counted from 0.</param>
/// <param name="EndEpoch">The epoch behind its last one.</param>
/// <param name="ContinuesSchedule">Goes on in the schedule of the stage before instead of beginning its own.</param>
internal sealed record TrainStage(int Index, string Name, TrainOptions Options, int FirstEpoch, int EndEpoch, bool ContinuesSchedule = false)
{
    /// <summary>For messages: <c>stage 2 (classifier)</c>.</summary>
    public string Title => $"stage {Index + 1}{(Name.Length > 0 ? $" ({Name})" : "")}";
}
