namespace NativeEngine.Data;

/// <summary>The four files of one data set.</summary>
internal sealed record IdxFiles(string Folder, string Prefix, string TrainImages, string TrainLabels, string TestImages, string TestLabels);
