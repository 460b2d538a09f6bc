using System.Runtime.InteropServices;
using NativeEngine.Core;
using SkiaSharp;

namespace NativeEngine.Data;

/// <summary>
/// Skia's codecs (libjpeg-turbo, libpng, libwebp and its own for GIF and BMP). No colour space is asked for, so embedded profiles are not applied, as in
/// Pillow.
/// </summary>
internal sealed class SkiaDecoder : ImageDecoder
{
    private readonly ImageFile _file;
    private readonly SKData _data;
    private readonly SKCodec _codec;
    private readonly SKImageInfo _info;

    public SkiaDecoder(ImageFile file)
    {
        _file = file;
        _data = SKData.CreateCopy(file.Bytes);
        _codec = SKCodec.Create(_data);
        if (_codec is null)
        {
            _data.Dispose();
            throw file.Damaged(file.Kind == ImageKind.Jpeg ? JpegMarkers.Oddity(file.Bytes) : "");
        }

        _info = _codec.Info;
        try
        {
            file.CheckSize(Width, Height);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override int Width => _info.Width;

    public override int Height => _info.Height;

    public override bool Opaque => _info.AlphaType == SKAlphaType.Opaque;

    public override int Decode(Span<byte> pixels, byte[] buffer)
    {
        bool grey = _info.ColorType == SKColorType.Gray8;
        var wanted = new SKImageInfo(Width, Height, grey ? SKColorType.Gray8 : SKColorType.Rgba8888, Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        var pinned = GCHandle.Alloc(buffer, GCHandleType.Pinned);
        try
        {
            var result = _codec.GetPixels(wanted, pinned.AddrOfPinnedObject());
            return result switch
            {
                SKCodecResult.Success => grey ? 1 : 4,
                SKCodecResult.IncompleteInput => throw _file.Damaged("pixels are missing"),
                SKCodecResult.InternalError =>
                    throw new HostMemoryException($"{_file.Name}: no memory is left to decode {Width}x{Height} pixels; use fewer workers or smaller pictures"),
                _ => throw _file.Damaged(""),
            };
        }
        finally
        {
            pinned.Free();
        }
    }

    public override int DecodeRows(int top, int rows, byte[] buffer)
    {
        if (_file.Kind != ImageKind.Jpeg)
            return 0;
        bool grey = _info.ColorType == SKColorType.Gray8;
        var wanted = new SKImageInfo(Width, Height, grey ? SKColorType.Gray8 : SKColorType.Rgba8888, SKAlphaType.Opaque);
        if (_codec.StartScanlineDecode(wanted) != SKCodecResult.Success || _codec.ScanlineOrder != SKCodecScanlineOrder.TopDown)
            return 0;
        if (top > 0 && !_codec.SkipScanlines(top))
            throw _file.Damaged("pixels are missing");
        var pinned = GCHandle.Alloc(buffer, GCHandleType.Pinned);
        try
        {
            return _codec.GetScanlines(pinned.AddrOfPinnedObject(), rows, wanted.RowBytes) == rows ? grey ? 1 : 4 : throw _file.Damaged("pixels are missing");
        }
        finally
        {
            pinned.Free();
        }
    }

    public override void Dispose()
    {
        _codec.Dispose();
        _data.Dispose();
    }
}
