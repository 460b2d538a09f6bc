using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Data.Tests;

namespace NativeEngine.Train.Tests;

/// <summary>Settings that fit a folder of pictures, and files in it that cannot be read.</summary>
public sealed class FolderRecipeTests
{
    private static string Chosen(FolderSurvey survey, bool gpu = false, TrainOptions? options = null, params string[] given) =>
        string.Join(' ', FolderRecipe.For(survey, options ?? new TrainOptions(), given.Contains, gpu).Select(c => $"{c.Key}={c.Value}"));

    [Test]
    public void Photographs_Get_A_Residual_Net_Flips_And_Random_Crops()
    {
        Assert.That(Chosen(new(1234, 5, HasEval: false, 300, IsGrey: false)), Is.EqualTo(
            "model=mini_resnet_basic img_size=112 batch_size=64 epochs=36 lr=0.002 hflip=0.5 scale=0.35,1 random_shift=0 val_fraction=0.1"));
        Assert.That(Chosen(new(50_000, 5, HasEval: true, 300, IsGrey: false), gpu: true),
            Does.Contain("img_size=224 batch_size=128 epochs=8 ").And.Not.Contain("val_fraction"));
        Assert.That(Chosen(new(100, 5, HasEval: true, 90, IsGrey: true)), Does.StartWith("model=mini_resnet_basic img_size=64 batch_size=4 epochs=60"));
    }

    [Test]
    public void Small_Pictures_Keep_Their_Pixels_And_Small_Grey_Ones_The_Digits_Recipe()
    {
        Assert.That(Chosen(new(5000, 10, HasEval: true, 32, IsGrey: false)),
            Is.EqualTo("model=mini_resnet_basic_cifar img_size=32 batch_size=64 epochs=8 lr=0.002 hflip=0.5 random_shift=4 crop_pct=1"));
        Assert.That(Chosen(new(60_000, 10, HasEval: true, 28, IsGrey: true)), Is.EqualTo("in_chans=1 img_size=28 batch_size=128 epochs=4 crop_pct=1"),
            "no mirrored digits");
    }

    [Test]
    public void What_Somebody_Chose_Stays_And_The_Rest_Follows_It()
    {
        var photos = new FolderSurvey(1000, 5, HasEval: false, 300, IsGrey: false);
        Assert.That(Chosen(photos, options: new TrainOptions { ImgSize = 32 }, given: ["img_size"]),
            Does.StartWith("model=mini_resnet_basic_cifar batch_size"));
        Assert.That(Chosen(photos, options: new TrainOptions { Model = "resnet18" }, given: ["model"]), Does.StartWith("batch_size"), "its own size");
        Assert.That(Chosen(photos, options: new TrainOptions { Weights = "w.pth" }, given: ["model", "weights"]), Does.Contain("lr=0.001"));
        Assert.That(Chosen(photos, options: new TrainOptions { Opt = "sgd" }, given: ["opt"]), Does.Not.Contain("lr="));
        Assert.That(Chosen(photos, options: new TrainOptions { OverfitBatches = 2 }, given: ["overfit_batches"]), Does.Not.Contain("val_fraction"));
        Assert.That(Chosen(photos, options: new TrainOptions { Sampler = Sampling.Pk }, given: ["sampler"]), Does.Not.Contain("batch_size"));
        Assert.That(Chosen(photos, given: [.. FolderRecipe.Keys]), Is.Empty);
    }

    [TestCase(1, false, 300, true)]
    [TestCase(1, true, 28, false)]
    [TestCase(2, false, 32, false)]
    [TestCase(3, true, 1, true)]
    [TestCase(7, false, 48, true)]
    [TestCase(5_000_000, false, 6000, false)]
    public void Every_Choice_Is_A_Valid_Setting(int images, bool grey, int side, bool eval)
    {
        foreach (bool gpu in new[] { false, true })
        {
            foreach (var (key, value) in FolderRecipe.For(new FolderSurvey(images, 1, eval, side, grey), new TrainOptions(), _ => false, gpu))
            {
                Assert.That(FolderRecipe.Keys, Does.Contain(key));
                if (key == "batch_size")
                    Assert.That(int.Parse(value), Is.InRange(1, images));
                if (key == "img_size")
                    Assert.That(int.Parse(value), Is.InRange(8, 224));
            }
        }
    }

    [TestCase(10, "resnet18", null, "the pictures have 10 pixels and are enlarged to the 224 that resnet18 takes: --img-size 32 computes about 49 times less")]
    [TestCase(64, "resnet18", null,
        "the pictures have 64 pixels and are enlarged to the 224 that resnet18 takes: --img-size 64 computes about 12.3 times less")]
    [TestCase(10, "resnet18", 32, null)]
    [TestCase(200, "resnet18", null, null)]
    public void Pictures_Much_Smaller_Than_The_Models_Size_Are_Said_With_What_A_Smaller_Size_Saves(int side, string model, int? size, string? sentence)
    {
        Assert.That(FolderRecipe.Enlarged(new(100, 2, HasEval: false, side, IsGrey: false), new TrainOptions { Model = model, ImgSize = size }),
            Is.EqualTo(sentence));
    }

    [Test]
    public void One_Class_Is_Said_And_Two_Images_That_Cannot_Be_Split_Are_Refused_By_Name()
    {
        using var images = new PngFolder(parts: false);
        foreach (string colour in new[] { "red", "blue" })
            Directory.Delete(Path.Combine(images.Path, colour), recursive: true);
        var options = new TrainOptions { Data = images.Path, Dataset = "folder", Model = "smallcnn", ImgSize = 12, ValFraction = 0.1 };
        Assert.That(TrainingData.Load(options).Notes, Has.Some.Contains("all images that are trained on are of one class (green)"));
        foreach (string file in Directory.GetFiles(Path.Combine(images.Path, "green")).Skip(1))
            File.Delete(file);
        Directory.CreateDirectory(Path.Combine(images.Path, "red"));
        File.Copy(Directory.GetFiles(Path.Combine(images.Path, "green"))[0], Path.Combine(images.Path, "red", "0.png"));
        Assert.That(Assert.Throws<UsageException>(() => TrainingData.Load(options))!.Message,
            Does.Contain("expected a class with two images or more").And.Contain("has 2 images in 2 classes"));
    }

    [Test]
    public void A_Folder_With_A_Part_For_Validation_Alone_Is_Named()
    {
        using var images = new PngFolder(perClass: 2);
        Directory.Delete(Path.Combine(images.Path, "train"), recursive: true);
        Assert.That(() => FolderSurvey.Of(images.Path),
            Throws.TypeOf<Core.DataException>().With.Message.Contains($"{images.Path} holds the part val but no part train"));
    }

    [Test]
    public void A_Single_Class_Is_Said()
    {
        using var images = new PngFolder(parts: false);
        var options = new TrainOptions { Dataset = "folder", Data = images.Path, ValFraction = 0.3, ImgSize = 12, Model = "smallcnn" };
        Assert.That(TrainingData.Load(options with { Classes = ["red"] }).Notes, Has.Some.Contains("there is only one class, red"));
        Assert.That(TrainingData.Load(options).Notes, Has.None.Contains("one class"));
    }

    [Test]
    public void A_Survey_Counts_And_Measures()
    {
        using var images = new PngFolder(size: 40, parts: false);
        Assert.That(FolderSurvey.Of(images.Path), Is.EqualTo(new FolderSurvey(24, 3, HasEval: false, 40, IsGrey: false)));
        Directory.CreateDirectory(Path.Combine(images.Path, "grey"));
        File.WriteAllBytes(Path.Combine(images.Path, "grey", "0.png"), PngWriter.Encode(9, 5, 8, 0, new byte[45]));
        foreach (string colour in new[] { "red", "green", "blue" })
            Directory.Delete(Path.Combine(images.Path, colour), recursive: true);
        Assert.That(FolderSurvey.Of(images.Path), Is.EqualTo(new FolderSurvey(1, 1, HasEval: false, 5, IsGrey: true)));
    }

    [Test]
    public void A_File_That_Cannot_Be_Read_Is_Left_Out_And_Named_Unless_Refused()
    {
        using var images = new PngFolder();
        string bad = Path.Combine(images.Path, "train", "red", "0 notes.jpg"), cut = Path.Combine(images.Path, "train", "red", "2.png");
        File.WriteAllText(bad, "no picture");
        var options = new TrainOptions { Data = images.Path, Dataset = "folder", Model = "smallcnn", ImgSize = 12 };
        var data = TrainingData.Load(options);
        Assert.That(data.Train.Count, Is.EqualTo(24));
        Assert.That(data.Notes, Has.Some.Contains($"1 file that cannot be read is left out: {bad}"));
        Assert.That(Enumerable.Range(0, 24).Select(i => data.Train.File(i)), Has.None.EqualTo(bad));

        File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..60]);
        Assert.That(TrainingData.Load(options).Notes, Has.Some.Contains("2 files that cannot be read are left out: "), "2 of 25 are no more than one in ten");
        File.WriteAllText(Path.Combine(images.Path, "train", "red", "x.gif"), "");
        var many = Assert.Throws<DataException>(() => TrainingData.Load(options));
        Assert.That(many!.Message, Does.Contain("3 of 26 images cannot be read").And.Contain("--skip-unreadable leaves them out"));
        Assert.That(TrainingData.Load(options with { SkipUnreadable = true }).Train.Count, Is.EqualTo(23));
        Assert.Throws<DataException>(() => TrainingData.Load(options with { SkipUnreadable = false }));
    }

    [Test]
    public void A_Class_Of_Unreadable_Files_Alone_Is_An_Error()
    {
        using var images = new PngFolder();
        foreach (string file in Directory.GetFiles(Path.Combine(images.Path, "train", "green")))
            File.WriteAllText(file, "no picture");
        var options = new TrainOptions { Data = images.Path, Dataset = "folder", Model = "smallcnn", ImgSize = 12, SkipUnreadable = true };
        Assert.That(Assert.Throws<DataException>(() => TrainingData.Load(options))!.Message, Does.Contain("no image would be left of class green"));
    }
}
