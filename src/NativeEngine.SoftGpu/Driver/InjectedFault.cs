namespace NativeEngine.SoftGpu.Driver;

/// <summary>A planned failure: call number <paramref name="Nth"/> of <paramref name="Function"/> does nothing and returns <paramref name="Status"/>.</summary>
/// <param name="Function">Vendor's name without ABI suffix, for example <c>cuMemAllocAsync</c>.</param>
/// <param name="Nth">Counted from 1.</param>
/// <param name="Status">The raw status to return.</param>
/// <param name="Sticky">True when the context stays broken with this status, as after a faulting kernel.</param>
public sealed record InjectedFault(string Function, int Nth, int Status, bool Sticky = false);
