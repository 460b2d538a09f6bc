using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>A moment of a run.</summary>
/// <param name="Card">What the weights are.</param>
/// <param name="Weights">Parameters and buffers.</param>
/// <param name="Progress">Counters.</param>
/// <param name="State">Optimizer slots and averages by parameter name.</param>
public sealed record Checkpoint(ModelCard Card, StateDict Weights, TrainProgress Progress, StateDict State);
