using System.Diagnostics;
using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

/// <summary>Checkpoints written by torch 1.13 and hostile files (Golden/pth, made by tools/reference/pth_corpus.py).</summary>
public sealed class PthTests
{
    private static string Folder => Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", "pth");

    [TestCase("plain")]
    [TestCase("legacy")]
    [TestCase("nested")]
    [TestCase("nested_legacy")]
    [TestCase("compiled")]
    [TestCase("ema")]
    [TestCase("tar")]
    [TestCase("tar_nested")]
    [TestCase("protocol3")]
    [TestCase("protocol4")]
    [TestCase("protocol4_legacy")]
    [TestCase("protocol5")]
    [TestCase("tensor_beside")]
    [TestCase("dotted_beside")]
    [TestCase("dotted_above_ema")]
    [TestCase("averaged")]
    [TestCase("params_ema")]
    [TestCase("own_name")]
    [TestCase("plain_types")]
    [TestCase("plain_types5")]
    public void AModulesStateDictIsRead(string file)
    {
        var state = Read(file);
        Assert.That(state.Select(t => $"{t.Key} {t.Value.Type} [{string.Join(',', t.Value.Shape)}]"), Is.EqualTo(new[]
        {
            "0.weight F32 [3,2,3,3]", "0.bias F32 [3]", "1.weight F32 [3]", "1.bias F32 [3]", "1.running_mean F32 [3]", "1.running_var F32 [3]",
            "1.num_batches_tracked I64 []", "2.weight F32 [4,3]", "2.bias F32 [4]",
        }));
        Assert.That(state["1.num_batches_tracked"].ToLongs(), Is.EqualTo(new[] { 7L }));
        foreach (var (name, tensor) in state.Where(t => t.Value.Shape.Length > 0))
            Assert.That(tensor.ToFloats(), Is.EqualTo(Enumerable.Range(0, (int)tensor.Count).Select(i => (float)i)), name);
    }

    [Test]
    public void TensorsBesideTheStateDictAreNamed()
    {
        Assert.That(PthReader.ReadFile(Path.Combine(Folder, "dotted_beside.pth")).Beside, Is.EqualTo(new[] { "criterion.weight", "criterion.bias" }));
        Assert.That(PthReader.ReadFile(Path.Combine(Folder, "tensor_beside.pth")).Beside, Is.EqualTo(new[] { "best_acc1" }));
        Assert.That(PthReader.ReadFile(Path.Combine(Folder, "plain.pth")).Beside, Is.Empty);
    }

    [TestCase("types")]
    [TestCase("shared")]
    [TestCase("shared_legacy")]
    [TestCase("parameter")]
    [TestCase("attribute")]
    [TestCase("tar_shared")]
    [TestCase("tar_view")]
    public void EveryElementTypeAndEveryViewIsRead(string file)
    {
        var state = Read(file);
        foreach (var (name, tensor) in state)
            Assert.That(tensor.ToDoubles(), Is.EqualTo(Enumerable.Range(0, (int)tensor.Count).Select(i => (double)i)), $"{file} {name} {tensor.Type}");
        if (file == "types")
            Assert.That(state.Values.Select(t => t.Type),
                Is.EqualTo(new[] { WeightType.F64, WeightType.F16, WeightType.BF16, WeightType.I64, WeightType.I32, WeightType.I16, WeightType.I8,
                    WeightType.U8, WeightType.BOOL }));
    }

    [TestCase("bad_system", "needs the class or function posix.system")]
    [TestCase("bad_system_legacy", "needs the class or function posix.system")]
    [TestCase("bad_eval", "needs the class or function builtins.eval")]
    [TestCase("bad_eval_legacy", "needs the class or function builtins.eval")]
    [TestCase("bad_exec", "needs the class or function builtins.exec")]
    [TestCase("bad_exec_legacy", "needs the class or function builtins.exec")]
    [TestCase("bad_getattr", "needs the class or function builtins.getattr")]
    [TestCase("bad_getattr_legacy", "needs the class or function builtins.getattr")]
    [TestCase("bad_path", "holds no state dict")]
    [TestCase("bad_two_roots", "has 2 entries <name>/data.pkl")]
    [TestCase("bad_script", "is a TorchScript program (torch.jit.save)")]
    [TestCase("bad_quantized", "needs the class or function torch._utils._rebuild_qtensor")]
    [TestCase("bad_complex", "needs the class or function torch.ComplexFloatStorage")]
    [TestCase("bad_sparse", "needs the class or function torch._utils._rebuild_sparse_tensor")]
    [TestCase("bad_module", "needs the class or function torch.nn.modules.linear.Linear")]
    [TestCase("bad_namespace", "needs the class or function argparse.Namespace")]
    [TestCase("bad_two_models", "holds 2 dicts of tensors (generator, discriminator)")]
    [TestCase("bad_same_name", "holds denselayer1.norm.1.weight and denselayer1.norm1.weight, which are two names of one tensor")]
    [TestCase("bad_no_tensors", "holds no state dict")]
    [TestCase("bad_bomb", "has a compressed archive entry")]
    [TestCase("bad_past_end", "reads element 4 of a storage of 4")]
    [TestCase("bad_negative_stride", "shape or strides are not whole numbers")]
    [TestCase("bad_negative_offset", "has a tensor that starts at element -1")]
    [TestCase("bad_repeats", "repeat their storage beyond any use")]
    [TestCase("bad_overflow", "has a tensor of [2147483647,2147483647,2147483647] elements")]
    [TestCase("bad_missing_storage", "lacks the data of storage 0")]
    [TestCase("bad_short_storage", "has 8 bytes for storage 0")]
    [TestCase("bad_memo", "reads memo entry 5")]
    [TestCase("bad_long", "has an integer of 2147483647 bytes")]
    [TestCase("bad_opcode", "uses pickle opcode 0x82")]
    [TestCase("bad_tar_system", "needs the class or function posix.system")]
    [TestCase("bad_tar_path", "is a tar archive without the file pickle")]
    [TestCase("bad_tar_claim", "claims a storage of 268435456 elements")]
    [TestCase("bad_tar_past_end", "reads element 999 of a storage of")]
    [TestCase("bad_tar_unknown", "has a tensor of an unknown storage")]
    [TestCase("bad_tar_checksum", "the checksum of a header is wrong")]
    [TestCase("bad_tar_gigabyte", "a file of 1073741824 bytes runs over the end")]
    public void HostileFilesAreRefused(string file, string message)
    {
        var e = Assert.Throws<CheckpointException>(() => Read(file));
        Assert.That(e!.Message, Does.Contain($"{file}.pth").And.Contain(message));
        Assert.That(File.Exists("/tmp/this-must-never-exist"), Is.False);
    }

    [Test]
    public void OldNamesOfDenseNetAreBroughtUpToDate()
    {
        Assert.That(Read("densenet_old").Keys, Is.EqualTo((string[])[.. from layer in new[] { 1, 12 } from kind in new[] { "norm",
            "conv" } from n in new[] { 1, 2 } select $"features.denseblock1.denselayer{layer}.{kind}{n}.weight", "features.norm0.weight", "classifier.bias"]));
    }

    [Test]
    public void APrefixThatNotAllNamesHaveIsKept() => Assert.That(Read("two_prefixes").Keys, Is.EqualTo(new[] { "a.w", "module.a.w" }));

    [Test]
    public void WhatIsWrittenIsReadAgain()
    {
        var state = Read("types");
        state.Add("empty", HostTensor.From(ReadOnlySpan<float>.Empty, 0, 3));
        state.Add("scalar", HostTensor.From([5L], []));
        using var stream = new MemoryStream();
        PthWriter.Write(stream, state);
        var again = PthReader.Read(stream.ToArray(), "written");
        Assert.That(again.Keys, Is.EqualTo(state.Keys));
        foreach (var (name, tensor) in state)
        {
            Assert.That(again[name].Type, Is.EqualTo(tensor.Type), name);
            Assert.That(again[name].Shape, Is.EqualTo(tensor.Shape), name);
            Assert.That(again[name].Bytes.ToArray(), Is.EqualTo(tensor.Bytes.ToArray()), name);
        }
    }

    [Test]
    public void MetadataIsKept()
    {
        using var stream = new MemoryStream();
        PthWriter.Write(stream, Read("plain"), Metadata);
        var (_, tensors, metadata) = PthReader.ReadFile(stream.ToArray(), "written");
        Assert.That(metadata, Is.EqualTo(Metadata));
        Assert.That(tensors.Count, Is.EqualTo(9));
        Assert.That(PthReader.ReadFile(Path.Combine(Folder, "plain.pth")).Metadata, Is.Empty, "PyTorch's own _metadata is no text");
    }

    [Test]
    public void TorchOpensWhatIsWritten()
    {
        if (Python("import torch, sys; sys.exit(0 if hasattr(torch, 'load') else 1)") is not { Code: 0 })
            Assert.Ignore("python3 with torch not found");
        string path = Path.Combine(Path.GetTempPath(), $"nengine-{Guid.NewGuid():N}.pth");
        try
        {
            PthWriter.Write(path, Read("types"), Metadata);
            var (code, output) = Python($"import torch; s = torch.load('{path}', weights_only=True); assert s.metadata == {{'classes': '[\"a\", \"ü\"]', "
                + $"'empty': ''}}, s.metadata; print(type(s).__name__, [(k, str(v.dtype), v.double().flatten().tolist()) for k, v in s.items()])")!.Value;
            Assert.That(code, Is.Zero, output);
            Assert.That(output, Does.StartWith("OrderedDict [('float64', 'torch.float64', [0.0, 1.0, 2.0, 3.0, "
                + "4.0, 5.0])").And.Contain("('bfloat16', 'torch.bfloat16', [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void TheFormatIsKnownByTheContents()
    {
        Assert.That(WeightFile.Read(Path.Combine(Folder, "plain.pth")).Format, Is.EqualTo("pth"));
        Assert.That(WeightFile.Read(Path.Combine(Folder, "legacy.pth")).Format, Is.EqualTo("pth"));
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, SafetensorsFile());
            Assert.That(WeightFile.Read(path).Format, Is.EqualTo("safetensors"));
            File.WriteAllBytes(path, [1, 2, 3]);
            Assert.Throws<CheckpointException>(() => WeightFile.Read(path));
            File.WriteAllText(path, "ONNX or anything else");
            Assert.That(() => WeightFile.Read(path),
                Throws.TypeOf<CheckpointException>().With.Message.Contains($"{path} is no weights file: expected safetensors"));
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Throws<UsageException>(() => WeightFile.Write("weights.bin", new StateDict()));
        Assert.That(() => WeightFile.Write("weights.onnx", new StateDict()), Throws.TypeOf<UsageException>().With.Message.Contains("nengine export"));
    }

    private static Dictionary<string, string> Metadata => new() { ["classes"] = "[\"a\", \"ü\"]", ["empty"] = "" };

    private static StateDict Read(string file) => PthReader.Read(Path.Combine(Folder, $"{file}.pth"));

    private static byte[] SafetensorsFile()
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, Read("types"), new Dictionary<string, string> { ["format"] = "pt" });
        return stream.ToArray();
    }

    private static (int Code, string Output)? Python(string program)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", program])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true
            })!;
            string output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
