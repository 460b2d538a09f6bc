using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.Train;

namespace NativeEngine.Cli.Verbs;

/// <summary>A model's structure, on a device that stores nothing, and its weights on the host.</summary>
/// <param name="Origin">Where the weights come from, for messages.</param>
/// <param name="Model">Names and shapes; its tensors have no values.</param>
/// <param name="Weights">All tensors of the model by name.</param>
/// <param name="Card">What a checkpoint of this engine says about itself; null for other weights.</param>
/// <param name="FileMetadata">The metadata of the weights file.</param>
internal sealed record ModelSource(string Origin, Model Model, StateDict Weights, ModelCard? Card, IReadOnlyDictionary<string, string> FileMetadata)
    : IDisposable
{
    public void Dispose() => Model.Engine.Dispose();
}
