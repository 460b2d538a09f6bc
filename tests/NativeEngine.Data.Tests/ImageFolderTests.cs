using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

internal sealed class ImageFolderTests
{
    private string _root = "";

    [SetUp]
    public void CreateFolder() => _root = Directory.CreateTempSubdirectory("nengine-images-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_root, recursive: true);

    [Test]
    public void Classes_are_folders_and_parts_are_bound_by_name()
    {
        Write("train/cat/1.png", 10, 8, 20);
        Write("train/cat/inner/2.png", 12, 8, 30);
        Write("train/dog/1.PNG", 8, 8, 200);
        Write("val/dog/9.png", 8, 8, 210);
        File.WriteAllText(Path.Combine(_root, "train", "cat", "notes.txt"), "left alone");
        File.WriteAllText(Path.Combine(_root, "train", "cat", ".hidden.png"), "left alone");
        var (train, eval) = ImageFolder.Load(_root, new FolderOptions(3, 8));
        Assert.That(train.Classes, Is.EqualTo(new[] { "cat", "dog" }));
        Assert.That(Enumerable.Range(0, train.Count).Select(train.Label), Is.EqualTo(new[] { 0, 0, 1 }));
        Assert.That(Enumerable.Range(0, eval!.Count).Select(eval.Label), Is.EqualTo(new[] { 1 }));
        Assert.That((train.Channels, train.Height, train.Width), Is.EqualTo((3, 8, 8)));
        Assert.That(Pixels(train, 2), Is.All.EqualTo(200));
        Assert.That(train.Mean, Is.All.EqualTo((80f * 20 + 96 * 30 + 64 * 200) / 240 / 255).Within(2e-3));
        Assert.That(eval.Mean, Is.EqualTo(train.Mean));
    }

    [Test]
    [CancelAfter(20_000)]
    public void Links_to_classes_folders_and_images_are_followed_and_links_in_a_circle_are_named(CancellationToken stop)
    {
        Write("store/kitten/1.png", 8, 8, 20);
        Directory.CreateDirectory(Path.Combine(_root, "data", "dog"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "data", "cat"), Path.Combine(_root, "store", "kitten"));
        File.CreateSymbolicLink(Path.Combine(_root, "data", "dog", "2.png"), Path.Combine(_root, "store", "kitten", "1.png"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "data", "dog", "more"), Path.Combine(_root, "store"));
        var data = ImageFolder.Load(Path.Combine(_root, "data"), new FolderOptions(1, 8)).Train;
        Assert.That(data.Classes, Is.EqualTo(new[] { "cat", "dog" }));
        Assert.That(Enumerable.Range(0, data.Count).Select(data.Key), Is.EqualTo(new[] { "cat/1.png", "dog/2.png", "dog/more/kitten/1.png" }));
        Directory.CreateSymbolicLink(Path.Combine(_root, "store", "kitten", "again"), Path.Combine(_root, "data", "dog"));
        for (int i = 0; i < 6; i++) // 6 links back to the top: 6^40 paths
            Directory.CreateSymbolicLink(Path.Combine(_root, "data", "dog", $"up{i}"), _root);
        var find = Task.Run(() => Assert.Throws<DataException>(() => FolderLayout.Find(Path.Combine(_root, "data")))!.Message, stop);
        Assert.That(find.Wait(15_000, stop), Is.True, "the folder was walked in a circle");
        Assert.That(find.Result, Does.Contain("up0 is a link that leads back to").And.Contain(Path.Combine("kitten", "again")).And.Contain("more"));
    }

    [Test]
    public void Without_parts_a_fraction_can_be_split_off()
    {
        for (int i = 0; i < 5; i++)
        {
            Write($"a/{i}.png", 8, 8, 10);
            Write($"b/{i}.png", 8, 8, 20);
        }

        Assert.That(ImageFolder.Contains(_root), Is.True);
        var (all, none) = ImageFolder.Load(_root, new FolderOptions(1, 8));
        Assert.That(none, Is.Null);
        var (train, held) = ValidationSplit.Draw(all, 0.2, 1).Apply(all);
        Assert.That((train.Count, held.Count), Is.EqualTo((8, 2)));
        for (int i = 0; i < train.Count; i++)
            Assert.That(Pixels(train, i), Is.All.EqualTo(train.Label(i) == 0 ? 10 : 20));
    }

    [Test]
    public void The_cache_does_not_change_a_pixel()
    {
        var random = new Random(3);
        for (int i = 0; i < 4; i++)
            WriteNoise($"a/{i}.png", random.Next(5, 60), random.Next(5, 60), random);
        var cached = ImageFolder.Load(_root, new FolderOptions(3, 16)).Train;
        var read = ImageFolder.Load(_root, new FolderOptions(3, 16, Cache: ImageCache.None)).Train;
        var crops = new Augmentation(0, 0) { Scale = [0.2, 1] };
        for (int i = 0; i < cached.Count; i++)
        {
            Assert.That(Pixels(read, i), Is.EqualTo(Pixels(cached, i)));
            byte[] Crop(Dataset data, int epoch)
            {
                var pixels = new byte[data.ImageBytes];
                data.ReadCrop(i, (h, w) => crops.Crop(7, epoch, i, h, w), pixels);
                return pixels;
            }

            Assert.That(Crop(read, 1), Is.EqualTo(Crop(cached, 1)));
            Assert.That(Crop(cached, 2), Is.Not.EqualTo(Crop(cached, 1)));
        }

        Assert.That(read.Mean, Is.EqualTo(cached.Mean));
    }

    [Test]
    public void Random_crops_lie_inside_and_have_the_wanted_areas()
    {
        var crops = new Augmentation(0, 0) { Scale = [0.25, 0.5] };
        for (int sample = 0; sample < 2000; sample++)
        {
            var box = crops.Crop(1, 3, sample, 60, 80);
            Assert.That(box.Top >= 0 && box.Left >= 0 && box.Top + box.Height <= 60 && box.Left + box.Width <= 80, $"{box}");
            Assert.That(box.Height * box.Width / 4800.0, Is.InRange(0.24, 0.51));
            Assert.That((double)box.Width / box.Height, Is.InRange(0.72, 1.38));
            Assert.That(crops.Crop(1, 3, sample, 60, 80), Is.EqualTo(box));
        }

        Assert.That(new Augmentation(0, 0) { Scale = [1, 1] }.Crop(1, 0, 0, 10, 100), Is.EqualTo(new CropBox(0, 43, 10, 13)), "no box fits: the middle");
    }

    [Test]
    public void Files_that_cannot_be_read_are_named_in_one_sentence()
    {
        Write("a/1.png", 4, 4, 1);
        File.WriteAllText(Path.Combine(_root, "a", "2.png"), "not an image");
        File.WriteAllBytes(Path.Combine(_root, "a", "3.jpg"), [0xff, 0xd8, 0xff, 0xe0]);
        File.WriteAllText(Path.Combine(_root, "a", "4.webp"), "RIFF");
        Assert.That(() => ImageFolder.Load(_root, new FolderOptions(3, 8)), Throws.TypeOf<DataException>().With.Message.Contains("3 of 4 images cannot be read")
            .And.Message.Contains("2.png: not a picture of a known kind").And.Message.Contains("3.jpg: damaged or truncated JPEG file")
                .And.Message.Contains("4.webp"));
    }

    [Test]
    public void Folders_that_make_no_sense_are_refused()
    {
        Assert.That(() => ImageFolder.Load(_root, new FolderOptions(3, 8)), Throws.TypeOf<DataException>().With.Message.Contains("a folder for each class"));
        Write("val/a/1.png", 4, 4, 1);
        Assert.That(() => ImageFolder.Load(_root, new FolderOptions(3, 8)), Throws.TypeOf<DataException>().With.Message.Contains("but no part train"));
        Write("train/b/1.png", 4, 4, 1);
        Assert.That(() => ImageFolder.Load(_root, new FolderOptions(3, 8)), Throws.TypeOf<DataException>().With.Message.Contains("has the class a, which"));
    }

    [Test]
    public void Some_classes_can_be_taken_and_images_fitted()
    {
        var data = SyntheticData.Create(12, 4, (1, 8, 8), 3);
        var two = data.OnlyClasses(["class3", "class1"]);
        Assert.That(Enumerable.Range(0, two.Count).Select(two.Label), Is.EqualTo(new[] { 1, 0, 1, 0, 1, 0 }));
        Assert.That(Pixels(two, 1), Is.EqualTo(Pixels(data, 3)));
        Assert.That(() => data.OnlyClasses(["class9"]), Throws.TypeOf<UsageException>().With.Message.Contains("no class class9"));
        Assert.That(() => data.OnlyClasses(["class1", "class1"]), Throws.TypeOf<UsageException>().With.Message.Contains("named twice"));
        var colour = FittedDataset.Of(two, 3, 8, 8);
        Assert.That(Pixels(colour, 1), Is.EqualTo(Pixels(two, 1).SelectMany(p => new[] { p, p, p })));
        Assert.That(colour.Mean, Is.EqualTo(new[] { data.Mean[0], data.Mean[0], data.Mean[0] }));
        Assert.That(FittedDataset.Of(two, 1, 8, 8), Is.SameAs(two));
        Assert.That(Pixels(FittedDataset.Of(two, 1, 16, 16), 0), Has.Length.EqualTo(256));
        Assert.That(() => FittedDataset.Of(colour, 1, 8, 8), Throws.TypeOf<UsageException>().With.Message.Contains("in_chans 1"));
    }

    private static byte[] Pixels(Dataset data, int index)
    {
        var pixels = new byte[data.ImageBytes];
        data.Read(index, pixels);
        return pixels;
    }

    private void Write(string name, int width, int height, byte grey) =>
        WriteFile(name, PngWriter.Encode(width, height, 8, 0, [.. Enumerable.Repeat(grey, width * height)]));

    private void WriteNoise(string name, int width, int height, Random random)
    {
        var pixels = new byte[width * height * 3];
        random.NextBytes(pixels);
        WriteFile(name, PngWriter.Encode(width, height, 8, 2, pixels));
    }

    private void WriteFile(string name, byte[] bytes)
    {
        string path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}
