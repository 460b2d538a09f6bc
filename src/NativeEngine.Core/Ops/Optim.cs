namespace NativeEngine.Core;

/// <summary>Fused multi-tensor updates of parameters.</summary>
public static class Optim
{
    /// <summary>Two values: the norm √Σ g² over all finite elements of all gradients, and how many elements are not finite.</summary>
    public static Tensor GradNorm(Engine engine, IReadOnlyList<Tensor> gradients)
    {
        var norm = engine.Empty([2]);
        engine.Backend.GradNorm(gradients, norm);
        return norm;
    }

    /// <summary>
    /// Updates every slot in place by <c>args.Rule</c>; see <see cref="OptimizerRule"/> for the formulas. With <paramref name="norm"/> and a
    /// positive ClipNorm gradients are scaled by min(1, ClipNorm / (norm + 1e-6)). A norm that counts elements that are not finite makes the
    /// step change nothing, <see cref="OptimizerRule.SamAscend"/> excepted.
    /// </summary>
    public static void Step(Engine engine, in OptimizerArgs args, IReadOnlyList<OptimizerSlot> slots, Tensor? norm = null)
    {
        foreach (var slot in slots)
        {
            Check.SameShape("optimizer", "parameter", slot.Param, "gradient", slot.Grad);
            foreach (var state in new[] { slot.State1, slot.State2, slot.State3 })
            {
                if (state is not null)
                    Check.SameShape("optimizer", "parameter", slot.Param, "state", state);
                state?.MarkChanged();
            }

            slot.Param.MarkChanged();
        }

        engine.Backend.OptimizerStep(args, slots, norm);
    }
}
