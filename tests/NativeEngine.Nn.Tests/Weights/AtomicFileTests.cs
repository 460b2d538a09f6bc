using System.Diagnostics;
using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

public sealed class AtomicFileTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("nengine-atomic-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void AFailedWriteKeepsTheOldFile()
    {
        string path = Old("x.bin");
        Assert.That(() => AtomicFile.Write(path, stream => Fail(stream, new IOException("No space left on device"))),
            Throws.TypeOf<CheckpointException>().With.Message.EqualTo($"cannot write {path}: No space left on device"));
        Assert.That(() => AtomicFile.Write(path, stream => Fail(stream, new OperationCanceledException())), Throws.TypeOf<OperationCanceledException>());
        Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void WhatAKilledProcessLeftIsRemovedAndNothingElse()
    {
        string path = Old("x.pth");
        using (var ended = Process.Start(new ProcessStartInfo("sleep", "0"))!)
        {
            ended.WaitForExit();
            Old($"x.pth.{ended.Id}.tmp");
            Old($"y.pth.{ended.Id}.tmp");
        }

        string[] others = [$"x.pth.12x.tmp", "x.pth.backup.tmp", "x.pth.tmp"];
        foreach (string other in others)
            Old(other);
        using var running = Process.Start(new ProcessStartInfo("sleep", "60"))!;
        Old($"x.pth.{running.Id}.tmp");
        try
        {
            AtomicFile.Write(path, stream => stream.Write("new"u8));
        }
        finally
        {
            running.Kill();
        }

        Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
        var left = Directory.GetFiles(_folder).Select(Path.GetFileName).ToList();
        Assert.That(left, Is.SupersetOf(others.Append("x.pth").Append($"x.pth.{running.Id}.tmp")));
        Assert.That(left.Count(n => n!.StartsWith("y.pth.", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(left, Has.Count.EqualTo(6));
    }

    [Test]
    public void ALinkStaysAndItsFileIsReplaced()
    {
        string path = Old("real.pth"), link = Path.Combine(_folder, "link.pth");
        File.CreateSymbolicLink(link, "real.pth");
        AtomicFile.Write(link, stream => stream.Write("new"u8));
        Assert.That(new FileInfo(link).LinkTarget, Is.EqualTo("real.pth"));
        Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
    }

    [Test]
    public void PipesDevicesAndFoldersAreNotReplaced()
    {
        string pipe = Path.Combine(_folder, "pipe.pth"), folder = Path.Combine(_folder, "folder.pth");
        Directory.CreateDirectory(folder);
        var targets = new List<(string Path, string Problem)> { (folder, "it is a folder"),
            (Path.Combine(_folder, "missing", "x.pth"), "its folder does not exist") };
        if (OperatingSystem.IsLinux())
        {
            using (var made = Process.Start(new ProcessStartInfo("mkfifo", [pipe]))!)
                made.WaitForExit();
            targets.Add((pipe, "it is a device or a pipe"));
            targets.Add(("/dev/null", "it is a device or a pipe"));
        }

        foreach (var (path, problem) in targets)
            Assert.That(() => AtomicFile.Write(path, stream => stream.Write("new"u8)),
                Throws.TypeOf<CheckpointException>().With.Message.EqualTo($"cannot write {path}: {problem}"));
        Assert.That(Directory.GetFiles(_folder, "*.tmp", SearchOption.AllDirectories), Is.Empty);
    }

    [TestCase("x.safetensors")]
    [TestCase("x.pth")]
    public void AStoppedWriteLeavesTheOldFile(string name)
    {
        string path = Old(name);
        var state = new StateDict();
        state.Add("w", HostTensor.From([1f], 1));
        Assert.That(() => WeightFile.Write(path, state, null, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1));
    }

    private static void Fail(Stream stream, Exception error)
    {
        stream.Write("half"u8);
        throw error;
    }

    private string Old(string name)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, "old");
        return path;
    }
}
