namespace NativeEngine.Data;

/// <summary>Which of two sorts of classes is taken, of data sets that have two.</summary>
public enum LabelKind
{
    /// <summary>The classes: CIFAR-100's 100.</summary>
    Fine,

    /// <summary>Groups of classes: CIFAR-100's 20.</summary>
    Coarse,
}
