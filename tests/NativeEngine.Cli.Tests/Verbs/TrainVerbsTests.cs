using System.Text.Json;
using NativeEngine.Cli.Tests.Support;
using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>train, eval, predict and config show as a user runs them, and what wrong input ends in.</summary>
public sealed class TrainVerbsTests
{
    private SmallDigits _data = null!;
    private string _runs = null!;

    [OneTimeSetUp]
    public void MakeData()
    {
        _data = new SmallDigits();
        _runs = _data.File("runs");
    }

    [OneTimeTearDown]
    public void RemoveData() => _data.Dispose();

    private CliResult Train(string name, params string[] more) =>
        Support.Cli.Run(["train", "--data", _data.Folder, "--output", _runs, "--name", name, "--model", "lenet", "--epochs", "2", "--batch-size", "20",
            "--device", "cpu", "--threads", "2", .. more]);

    private string Run(string name) => Path.Combine(_runs, "train", name);

    [Test]
    public void Train_Eval_Predict_And_Resume_Work_Together()
    {
        var trained = Train("together", "--json");
        Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
        using var json = JsonDocument.Parse(trained.LastLine);
        Assert.That(json.RootElement.GetProperty("run").GetString(), Is.EqualTo(Run("together")));
        Assert.That(json.RootElement.GetProperty("epoch").GetInt32(), Is.EqualTo(2));
        double top1 = json.RootElement.GetProperty("eval_top1").GetDouble();
        Assert.That(top1, Is.GreaterThan(60), "bars at ten heights are easy");
        Assert.That(json.RootElement.GetProperty("eval_top5").GetDouble(), Is.GreaterThanOrEqualTo(top1));
        Assert.That(json.RootElement.GetProperty("eval_loss").GetDouble(), Is.GreaterThan(0));
        foreach (string file in new[] { "args.yaml", "env.json", "classes.txt", "log.txt", "status.json", "summary.csv", "metrics.jsonl",
                "checkpoints/last.safetensors", "checkpoints/best.safetensors" })
            Assert.That(File.Exists(Path.Combine(Run("together"), file)), file);

        var eval = Support.Cli.Run("eval", "--weights", Path.Combine(Run("together"), "checkpoints", "last.safetensors"), "--json");
        Assert.That(eval.Code, Is.EqualTo(ExitCode.Ok), eval.ToString());
        using var measured = JsonDocument.Parse(eval.LastLine);
        Assert.That(measured.RootElement.GetProperty("eval_top1").GetDouble(), Is.EqualTo(top1).Within(1e-4), "eval repeats what training measured");

        var predict = Support.Cli.Run("predict", "0", "1", "--weights", Run("together"));
        Assert.That(predict.Code, Is.EqualTo(ExitCode.Ok), predict.ToString());
        Assert.That(predict.Output.TrimEnd().Split('\n'), Has.Length.EqualTo(2));
        Assert.That(predict.Output, Does.Contain("0 (is 0): ").And.Contain("%"));

        var refused = Support.Cli.Run("train", "--resume", Run("together"), "--epochs", "3");
        Assert.That(refused.Code, Is.EqualTo(ExitCode.Usage), "the one-cycle schedule is over");
        Assert.That(refused.Error, Does.Contain("finished its onecycle schedule of 2 epochs"));
        var resumed = Support.Cli.Run("train", "--resume", Run("together"), "--epochs", "3", "--sched", "none", "--lr", "1e-4", "--json");
        Assert.That(resumed.Code, Is.EqualTo(ExitCode.Ok), resumed.ToString());
        using var more = JsonDocument.Parse(resumed.LastLine);
        Assert.That(more.RootElement.GetProperty("epoch").GetInt32(), Is.EqualTo(3));
    }

    [Test]
    public void The_Choice_Of_Algorithms_Is_Recorded_And_Kept_By_A_Resumed_Run()
    {
        var trained = Support.Cli.Run("train", "--data", _data.Folder, "--output", _runs, "--name", "f2", "--model", "smallcnn", "--epochs", "1", "--sched",
            "none", "--batch-size", "50", "--device", "cpu", "--winograd", "f2");
        Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
        string algorithms = Path.Combine(Run("f2"), "algorithms.txt"), args = Path.Combine(Run("f2"), "args.yaml");
        string[] lines = File.ReadAllLines(algorithms);
        Assert.That(lines, Has.Some.Contains("forward: winograd F(2x2, 3x3)"));
        Assert.That(lines, Has.None.Contains("F(4x4"));
        Assert.That(File.ReadAllText(args), Does.Contain("winograd: \"f2\""));

        File.Delete(algorithms);
        var resumed = Support.Cli.Run("train", "--resume", Run("f2"), "--epochs", "2");
        Assert.That(resumed.Code, Is.EqualTo(ExitCode.Ok), resumed.ToString());
        Assert.That(File.ReadAllLines(algorithms), Is.EqualTo(lines), "the same shapes by the same algorithms");

        var changed = Support.Cli.Run("train", "--resume", Run("f2"), "--epochs", "3", "--winograd", "off");
        Assert.That(changed.Code, Is.EqualTo(ExitCode.Ok), changed.ToString());
        Assert.That(changed.Output, Does.Contain("winograd \"f2\" to \"off\""));
        Assert.That(File.ReadAllLines(algorithms), Has.None.Contains("winograd"));

        var unknown = Support.Cli.Run("train", "--winograd", "f3");
        Assert.That(unknown.Code, Is.EqualTo(ExitCode.Usage), unknown.ToString());
    }

    [Test]
    public void The_Plain_Run_Ends_With_The_Folder_And_What_To_Try_Next()
    {
        var trained = Train("plain");
        Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
        Assert.That(trained.Output, Does.Contain("Epoch 2/2").And.Contain($"run folder: {Run("plain")}").And.Contain("eval --weights")
            .And.Contain("predict 0").And.Contain("train --resume").And.Contain("--result"));
    }

    [Test]
    public void Config_Show_Names_Sources_And_Replays()
    {
        var shown = Support.Cli.Run("config", "show", "--lr", "0.002", "--no-norm-bias-decay");
        Assert.That(shown.Code, Is.EqualTo(ExitCode.Ok), shown.ToString());
        Assert.That(shown.Output, Does.Match("lr: 0.002 +# --lr").And.Match("batch_size: [0-9]+ +# default"));
        string file = _data.File("shown.yaml");
        File.WriteAllText(file, shown.Output);
        var again = Support.Cli.Run("config", "show", "-c", file);
        static IEnumerable<string> Values(string output) => output.Split('\n').Select(l => l.Split('#')[0].TrimEnd());
        Assert.That(Values(again.Output), Is.EqualTo(Values(shown.Output)));
    }

    [Test]
    public void Config_Show_Draws_The_Learning_Rate_And_Stays_A_Configuration()
    {
        string svg = _data.File("curve.svg");
        var shown = Support.Cli.Run("config", "show", "--data", _data.Folder, "--batch-size", "20", "--epochs", "3", "--sched", "step", "--step-size", "1",
            "--lr", "0.2", "--lr-curve", svg);
        Assert.That(shown.Code, Is.EqualTo(ExitCode.Ok), shown.ToString());
        Assert.That(shown.Output, Does.Contain("# updates per epoch 10 (").And.Match("# first +update +1 epoch +0.00  lr 2.000e-01")
            .And.Match("# last +update +30 epoch +2.90  lr 2.000e-03").And.Contain("\u28C0"));
        Assert.That(System.Xml.Linq.XDocument.Load(svg).Root!.Name.LocalName, Is.EqualTo("svg"));
        string file = _data.File("drawn.yaml");
        File.WriteAllText(file, shown.Output);
        Assert.That(Support.Cli.Run("config", "show", "-c", file).Output, Does.Match("lr: 0.2 +# .*drawn.yaml"));
        Assert.That(Support.Cli.Run("config", "show", "--lr-curve", "--data", "nowhere").Output,
            Does.Contain("# updates per epoch 100 (assumed, there is no data to count:"));
        var png = Support.Cli.Run("config", "show", "--lr-curve", _data.File("curve.png"));
        Assert.That(png.Code, Is.EqualTo(ExitCode.Usage), png.ToString());
        Assert.That(png.Error, Does.Contain("expected a name that ends in .svg"));
    }

    [Test]
    public void Lr_Find_Suggests_A_Rate_And_Writes_Table_And_Plot_But_No_Checkpoint()
    {
        var found = Support.Cli.Run("lr-find", "--data", _data.Folder, "--output", _runs, "--name", "rates", "--model", "lenet", "--batch-size", "20",
            "--device", "cpu", "--threads", "2", "--num-steps", "60", "--start-lr", "1e-5", "--json");
        Assert.That(found.Code, Is.EqualTo(ExitCode.Ok), found.ToString());
        using var json = JsonDocument.Parse(found.LastLine);
        Assert.That(json.RootElement.GetProperty("suggested").GetDouble(), Is.InRange(1e-5, 0.1));
        string folder = Path.Combine(_runs, "lr-find", "rates");
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "args.yaml", "log.txt", "lr.csv", "lr.svg" }));
        Assert.That(Directory.GetDirectories(folder), Is.Empty);
        Assert.That(System.Xml.Linq.XDocument.Load(Path.Combine(folder, "lr.svg")).Descendants().Count(e => e.Name.LocalName == "polyline"), Is.EqualTo(2));
        Assert.That(File.ReadLines(Path.Combine(folder, "lr.csv")).First(), Is.EqualTo("step,lr,loss,smoothed"));
    }

    [Test]
    public void Every_Setting_Is_In_The_Table_And_Every_Row_Is_A_Setting()
    {
        var keys = Config.ResolvedTests.KeysOf<NativeEngine.Train.TrainOptions>().Except(["recorded"]);
        Assert.That(NativeEngine.Train.TrainOptions.Settings.Select(s => s.Key), Is.EquivalentTo(keys));
        Assert.That(NativeEngine.Cli.Config.RunSettings.All.Select(s => s.Key), Is.Unique);
    }

    [TestCase(ExitCode.Usage, "unknown option '--lrr', did you mean '--lr'?", "train", "--lrr", "1")]
    [TestCase(ExitCode.Usage, "unknown command 'trian', did you mean 'train'?", "trian")]
    [TestCase(ExitCode.Usage, "unknown key 'batchsize', did you mean 'batch_size'?", "train", "--set", "batchsize=3")]
    [TestCase(ExitCode.Usage, "lr 'fast': expected a number", "train", "--lr", "fast")]
    [TestCase(ExitCode.Usage, "epochs 0: expected at least 1", "train", "--epochs", "0")]
    [TestCase(ExitCode.Usage, "unknown model 'lennet', did you mean 'lenet'?", "train", "--model", "lennet", "--data", "DATA", "--output", "RUNS")]
    [TestCase(ExitCode.Usage, "end_lr 1E-09: expected a number above start_lr", "lr-find", "--end-lr", "1e-9")]
    [TestCase(ExitCode.Usage, "num_steps 3: expected 20 to 100000 updates", "lr-find", "--num-steps", "3")]
    [TestCase(ExitCode.Usage, "unknown loss 'tripet', did you mean 'triplet'?", "train", "--loss", "ce+0.5*tripet")]
    [TestCase(ExitCode.Usage, "milestones", "train", "--milestones", "2,3")]
    [TestCase(ExitCode.Usage, "contradict each other", "train", "--nesterov", "--no-nesterov")]
    [TestCase(ExitCode.Usage, "unknown device 'gpu'", "train", "--device", "gpu", "--data", "DATA")]
    [TestCase(ExitCode.Data, "nowhere", "train", "--data", "nowhere", "--output", "RUNS")]
    [TestCase(ExitCode.Checkpoint, "RUNS", "eval", "--weights", "auto", "--output", "RUNS/none")]
    [TestCase(ExitCode.Usage, "input", "predict")]
    public void Wrong_Input_Is_One_Sentence_And_The_Documented_Code(ExitCode code, string sentence, params string[] args)
    {
        string Fill(string s) => s.Replace("DATA", _data.Folder).Replace("RUNS", _runs);
        var result = Support.Cli.Run([.. args.Select(Fill)]);
        Assert.That(result.Code, Is.EqualTo(code), result.ToString());
        Assert.That(result.Error, Does.Contain(Fill(sentence)));
        Assert.That(result.Error, Does.Not.Contain("   at "), "no stack trace");
    }

    [Test]
    public void Divergence_Ends_With_Code_6_And_Names_Op_And_Step()
    {
        var result = Train("diverges", "--opt", "sgd", "--lr", "1e18", "--sched", "none");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Diverged), result.ToString());
        Assert.That(result.Error, Does.Contain("diverged at step").And.Contain("["));
    }

    [Test]
    public void A_Truncated_Image_File_Is_Named()
    {
        using var broken = new SmallDigits();
        string file = broken.File("train-images-idx3-ubyte.gz");
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..5000]);
        var result = Support.Cli.Run("train", "--data", broken.Folder, "--output", _runs);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Data), result.ToString());
        Assert.That(result.Error, Does.Contain("train-images-idx3-ubyte.gz"));
    }

    [Test]
    public void A_Damaged_Checkpoint_Is_Refused()
    {
        var trained = Train("damaged", "--epochs", "1");
        Assert.That(trained.Code, Is.EqualTo(ExitCode.Ok), trained.ToString());
        foreach (string file in Directory.GetFiles(Path.Combine(Run("damaged"), "checkpoints"), "*.safetensors"))
        {
            byte[] bytes = File.ReadAllBytes(file);
            bytes[bytes.Length / 2] ^= 0x40;
            File.WriteAllBytes(file, bytes);
        }

        var result = Support.Cli.Run("train", "--resume", Run("damaged"), "--epochs", "2");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Checkpoint), result.ToString());
    }
}
