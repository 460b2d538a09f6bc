using System.Buffers.Binary;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Advanced;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Tga;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;

namespace NativeEngine.Data;

/// <summary>ImageSharp's decoders, called by kind: the library never guesses, so no other decoder can be reached (that of TIFF above all).</summary>
internal sealed class SharpDecoder : ImageDecoder
{
    // Buffers are given back to the system soon: pictures are decoded one after another, and the trainer needs the memory.
    private static readonly Configuration Settings =
        new() { MemoryAllocator = MemoryAllocator.Create(new MemoryAllocatorOptions { MaximumPoolSizeMegabytes = 64 }), ReadOrigin = ReadOrigin.Begin };

    private static readonly Dictionary<ImageKind, IImageDecoder> Decoders = new()
    {
        [ImageKind.Jpeg] = new JpegDecoder { IgnoreMetadata = true },
        [ImageKind.Png] = new PngDecoder { IgnoreMetadata = true },
        [ImageKind.Gif] = new GifDecoder { IgnoreMetadata = true, DecodingMode = SixLabors.ImageSharp.Metadata.FrameDecodingMode.First },
        [ImageKind.WebP] = new WebpDecoder { IgnoreMetadata = true },
        [ImageKind.Bmp] = new BmpDecoder(),
        [ImageKind.Tga] = new TgaDecoder(),
    };

    private readonly ImageFile _file;
    private readonly IImageInfo _info;

    public SharpDecoder(ImageFile file)
    {
        _file = file;
        _info = Guard(stream => ((IImageInfoDetector)Decoders[file.Kind]).Identify(Settings, stream, default));
        file.CheckSize(Width, Height);
        if (Needed() > file.Bytes.Length)
            throw file.Damaged("pixels are missing");
    }

    public override int Width => _info.Width;

    public override int Height => _info.Height;

    // The fourth byte of a BMP pixel is opacity only where a mask says so.
    public override bool Opaque => _file.Kind == ImageKind.Jpeg || (_file.Kind == ImageKind.Bmp && _file.Bytes.Length > 30 && _file.Bytes[30] is not (3 or 6));

    public override int Decode(Span<byte> pixels, byte[] buffer)
    {
        // ImageSharp rounds 16 bits to 8; Pillow keeps the upper 8.
        if (_file.Kind == ImageKind.Png && _file.Bytes.Length > 24 && _file.Bytes[24] == 16)
        {
            using var deep = Guard(stream => Decoders[_file.Kind].Decode<Rgba64>(Settings, stream, default));
            for (int y = 0; y < Height; y++)
            {
                var row = deep.DangerousGetPixelRowMemory(y).Span;
                var to = pixels.Slice(4 * y * Width, 4 * Width);
                for (int x = 0; x < row.Length; x++)
                    (to[4 * x], to[4 * x + 1], to[4 * x + 2], to[4 * x + 3]) =
                        ((byte)(row[x].R >> 8), (byte)(row[x].G >> 8), (byte)(row[x].B >> 8), (byte)(row[x].A >> 8));
            }

            return 4;
        }

        using var image = Guard(stream => Decoders[_file.Kind].Decode<Rgba32>(Settings, stream, default));
        if (image.Width != Width || image.Height != Height)
            throw _file.Damaged($"{image.Width}x{image.Height} pixels, but {Width}x{Height} in its header");
        image.CopyPixelDataTo(pixels);
        return 4;
    }

    public override void Dispose()
    {
    }

    // Of files that end too early the library gives what is left of the picture without a word. Compressed BMP files fail by themselves.
    private long Needed()
    {
        var file = _file.Bytes;
        ushort Short(int at) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at));
        if (_file.Kind == ImageKind.Tga)
            return TgaLength.Needed(file, (long)Width * Height);
        if (_file.Kind == ImageKind.Bmp && file.Length > 34 && file[14] >= 40 && file[30] is 0 or 3)
            return BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(10)) + ((long)Width * Short(28) + 31) / 32 * 4 * (Height - 1)
                + ((long)Width * Short(28) + 7) / 8;
        return _file.Kind == ImageKind.WebP ? 8L + BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(4)) : 0;
    }

    // A hostile file makes the decoders fail in many ways; all of them mean that it is damaged.
    private T Guard<T>(Func<Stream, T?> read)
        where T : class
    {
        try
        {
            return read(new MemoryStream(_file.Bytes, writable: false)) ?? throw _file.Damaged("");
        }
        catch (Exception e) when (e is ImageFormatException or NotSupportedException or IndexOutOfRangeException or ArgumentException or EndOfStreamException
                or InvalidDataException
            or NullReferenceException or OverflowException or DivideByZeroException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw _file.Damaged(e is ImageFormatException or NotSupportedException ? e.Message.Split('\n')[0].Trim() : "");
        }
    }
}
