namespace NativeEngine.Data;

/// <summary>Reads the bits of a scan, without the zero bytes that are stuffed behind 0xff, up to the next marker.</summary>
internal sealed class JpegBits(byte[] file, int at)
{
    private ulong _bits; // the next bits, left-aligned
    private int _count; // how many of them come from the file; the rest is zero

    /// <summary>Where reading goes on: the next byte that was not taken.</summary>
    public int Position => at;

    /// <summary>The next 16 bits; behind the end of the scan they are zero.</summary>
    public int Peek16()
    {
        if (_count < 16)
            Fill();
        return (int)(_bits >> 48);
    }

    public void Skip(int length)
    {
        if (length > _count)
            throw new JpegException("truncated JPEG file: a scan ends too early");
        _bits <<= length;
        _count -= length;
    }

    /// <summary>An unsigned number of up to 16 bits.</summary>
    public int Take(int length)
    {
        if (length == 0)
            return 0;
        int value = Peek16() >> (16 - length);
        Skip(length);
        return value;
    }

    /// <summary>A number whose first bit says its sign (T.81, figure F.12).</summary>
    public int TakeSigned(int length)
    {
        int value = Take(length);
        return length == 0 || value >= 1 << (length - 1) ? value : value - (1 << length) + 1;
    }

    /// <summary>Drops the rest of the byte and reads over a restart marker.</summary>
    public void Restart()
    {
        (_bits, _count) = (0, 0);
        if (at + 1 >= file.Length || file[at] != 0xff || file[at + 1] is < 0xd0 or > 0xd7)
            throw new JpegException("damaged JPEG file: a restart marker is missing");
        at += 2;
    }

    private void Fill()
    {
        while (_count <= 48 && at < file.Length)
        {
            byte next = file[at];
            if (next == 0xff)
            {
                if (at + 1 >= file.Length || file[at + 1] != 0)
                    return; // a marker
                at++;
            }

            at++;
            _bits |= (ulong)next << (56 - _count);
            _count += 8;
        }
    }
}
