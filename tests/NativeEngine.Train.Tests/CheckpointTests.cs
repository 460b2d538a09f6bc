using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train.Tests;

internal sealed class CheckpointTests
{
    private static Checkpoint Make(long step) => new(
        new ModelCard
        {
            Architecture = "smallcnn",
            Classes = ["a", "b"],
            Channels = 1,
            ImageSize = 8,
            Mean = [0.5f],
            Std = [0.25f],
            Step = step,
            Hash = WeightsHash.Of(Tensors(step)),
        },
        Tensors(step),
        new TrainProgress { Step = step, LossSum = 1.0 / 3, TrainImages = 9, Best = 97.5 },
        Tensors(step + 1000));

    private static StateDict Tensors(long step)
    {
        var state = new StateDict();
        state.Add("w", HostTensor.From([(float)step, 2, 3], 3));
        return state;
    }

    private static string Folder(Lab lab) => Directory.CreateDirectory(Path.Combine(lab.Output, "checkpoints")).FullName;

    [Test]
    public void What_is_saved_is_loaded()
    {
        using var lab = new Lab();
        string folder = Folder(lab);
        var saved = Make(5);
        CheckpointPair.Save(folder, CheckpointPair.Last, saved);
        var loaded = CheckpointPair.Load(folder, CheckpointPair.Last);
        Assert.That(loaded.Progress, Is.EqualTo(saved.Progress), "every counter, to the last bit");
        Assert.That(WeightsHash.Of(loaded.Weights), Is.EqualTo(saved.Card.Hash));
        Assert.That(WeightsHash.Of(loaded.State), Is.EqualTo(WeightsHash.Of(saved.State)));
        Assert.That(loaded.Card.Options.ToJson(), Is.EqualTo(saved.Card.Options.ToJson()));
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName).Order(), Is.EqualTo(new[] { "last.safetensors", "last.state" }));
    }

    [Test]
    public void Counters_of_an_earlier_version_are_read()
    {
        var progress = System.Text.Json.JsonSerializer.Deserialize<TrainProgress>("""
            {"Epoch":1,"Batch":3,"Stage":0,"ScheduleStart":0,"Step":8,"LossSum":12.5,"Correct":31,"Images":48,
             "Embeddings":{"Anchors":0,"Active":0,"Used":0,"Positive":0,"Negative":0,"Spread":0,"Length":0},"EpochSeconds":0.1,"TrainSeconds":0.3,
             "Best":60,"BestEpoch":1,"Eval":{"Loss":1.1,"Top1":60,"Top5":100,"Images":40,"Seconds":0.01,"Recall1":null},"TrainImages":70}
            """)!;
        Assert.That((progress.Step, progress.Sums["top1"], progress.Eval!.Images), Is.EqualTo((8L, new[] { 3100.0 }, 40)));
        Assert.That(progress.Eval.Values, Is.Empty, "it is measured again");
    }

    [Test]
    public void A_crash_at_any_moment_of_saving_leaves_a_matching_pair()
    {
        using var lab = new Lab();
        string folder = Folder(lab), reference = Directory.CreateDirectory(Path.Combine(lab.Output, "new")).FullName;
        CheckpointPair.Save(reference, CheckpointPair.Last, Make(6));
        byte[] weights = File.ReadAllBytes(CheckpointPair.WeightsFile(reference, "last")),
            state = File.ReadAllBytes(CheckpointPair.StateFile(reference, "last"));
        string nextWeights = CheckpointPair.WeightsFile(folder, "last.next"), nextState = CheckpointPair.StateFile(folder, "last.next");
        var moments = new (string Name, Action Files, long Step)[]
        {
            ("writing the weights", () => File.WriteAllBytes(nextWeights + ".77.tmp", weights[..50]), 5),
            ("weights written", () => File.WriteAllBytes(nextWeights, weights), 5),
            ("weights written, but not all of it reached the disk", () => File.WriteAllBytes(nextWeights, weights[..^1]), 5),
            ("both written", () => { File.WriteAllBytes(nextWeights, weights); File.WriteAllBytes(nextState, state); }, 6),
            ("weights renamed", () => { File.WriteAllBytes(CheckpointPair.WeightsFile(folder, "last"), weights); File.WriteAllBytes(nextState, state); }, 6),
            ("both renamed", () => { File.WriteAllBytes(CheckpointPair.WeightsFile(folder, "last"),
                weights); File.WriteAllBytes(CheckpointPair.StateFile(folder, "last"), state); }, 6),
        };
        foreach (var (name, files, step) in moments)
        {
            CheckpointPair.Save(folder, CheckpointPair.Last, Make(5));
            files();
            var loaded = CheckpointPair.Load(folder, CheckpointPair.Last);
            Assert.That((loaded.Progress.Step, loaded.Card.Step), Is.EqualTo((step, step)), name);
            Assert.That(CheckpointPair.Load(folder, CheckpointPair.Last).Progress.Step, Is.EqualTo(step), $"{name}: the second time");
            Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(2), $"{name}: leftovers are removed");
        }
    }

    [Test]
    public void A_flipped_bit_of_either_file_is_an_error()
    {
        using var lab = new Lab();
        string folder = Folder(lab);
        CheckpointPair.Save(folder, CheckpointPair.Last, Make(5));
        foreach (string path in Directory.GetFiles(folder))
        {
            var whole = File.ReadAllBytes(path);
            for (int bit = 0; bit < 8 * whole.Length; bit += 11)
            {
                var damaged = whole.ToArray();
                damaged[bit / 8] ^= (byte)(1 << (bit % 8));
                File.WriteAllBytes(path, damaged);
                try
                {
                    CheckpointPair.Load(folder, CheckpointPair.Last);
                    Assert.That(Blank(damaged, bit / 8), $"bit {bit} of {path} was not noticed");
                }
                catch (CheckpointException e)
                {
                    Assert.That(e.Message, Does.Contain(folder));
                }
            }

            File.WriteAllBytes(path, whole);
        }
    }

    // White space between JSON tokens carries nothing.
    private static bool Blank(byte[] file, int at) => file[at] is (byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)' ';

    [Test]
    public void Missing_and_foreign_files_are_named()
    {
        using var lab = new Lab();
        string folder = Folder(lab);
        Assert.That(() => CheckpointPair.Load(folder, "last"), Throws.TypeOf<CheckpointException>().With.Message.Contains("weights missing"));
        CheckpointPair.Save(folder, "last", Make(5));
        CheckpointPair.Save(folder, "best", Make(6));
        File.Copy(CheckpointPair.StateFile(folder, "best"), CheckpointPair.StateFile(folder, "last"), overwrite: true);
        Assert.That(() => CheckpointPair.Load(folder, "last"), Throws.TypeOf<CheckpointException>().With.Message.Contains("different moments"));
        File.Delete(CheckpointPair.StateFile(folder, "last"));
        Assert.That(() => CheckpointPair.Load(folder, "last"), Throws.TypeOf<CheckpointException>().With.Message.Contains("state missing"));
        string plain = Path.Combine(folder, "plain.safetensors");
        Safetensors.Write(plain, Tensors(1));
        Assert.That(() => CheckpointPair.ReadWeights(plain), Throws.TypeOf<CheckpointException>().With.Message.Contains("not a checkpoint of this engine"));
    }

    [Test]
    public void The_hash_sees_names_shapes_and_bytes_but_not_the_order()
    {
        static StateDict Dict(params (string Name, int[] Shape, float[] Values)[] tensors)
        {
            var state = new StateDict();
            foreach (var (name, shape, values) in tensors)
                state.Add(name, HostTensor.From(values, shape));
            return state;
        }

        string hash = WeightsHash.Of(Dict(("a", [2], [1, 2]), ("b", [1], [3])));
        Assert.That(WeightsHash.Of(Dict(("b", [1], [3]), ("a", [2], [1, 2]))), Is.EqualTo(hash));
        Assert.That(WeightsHash.Of(Dict(("a", [2, 1], [1, 2]), ("b", [1], [3]))), Is.Not.EqualTo(hash));
        Assert.That(WeightsHash.Of(Dict(("c", [2], [1, 2]), ("b", [1], [3]))), Is.Not.EqualTo(hash));
        Assert.That(WeightsHash.Of(Dict(("a", [2], [1, -0f]), ("b", [1], [3]))), Is.Not.EqualTo(WeightsHash.Of(Dict(("a", [2], [1, 0f]), ("b", [1], [3])))));
    }
}
