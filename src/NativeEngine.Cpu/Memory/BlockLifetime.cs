namespace NativeEngine.Cpu.Memory;

/// <summary>How long a block is meant to be held. A wrong guess costs memory, nothing else.</summary>
public enum BlockLifetime
{
    /// <summary>Returned within the step: activations, gradients of activations, scratch memory of one operation.</summary>
    Step,

    /// <summary>Held for many steps: weights, their gradients, optimizer state, scratch memory of a thread.</summary>
    Persistent,
}
