namespace NativeEngine.Data;

/// <summary>One scan of a JPEG file: a pass over some components that gives a range of their coefficients, whole or by single bits.</summary>
internal sealed class JpegScan
{
    private readonly JpegFrame _frame;
    private readonly JpegTables _tables;
    private readonly (JpegComponent Component, int Dc, int Ac)[] _parts;
    private readonly int[] _predictions;
    private readonly int _first, _last, _high, _low;
    private JpegBits _bits = null!;
    private int _endOfBandRun;

    private JpegScan(JpegFrame frame, JpegTables tables, (JpegComponent, int, int)[] parts, int first, int last, int high, int low)
    {
        (_frame, _tables, _parts, _first, _last, _high, _low) = (frame, tables, parts, first, last, high, low);
        _predictions = new int[parts.Length];
    }

    public static JpegScan Parse(ReadOnlySpan<byte> body, JpegFrame frame, JpegTables tables)
    {
        int count = body.Length > 0 ? body[0] : 0;
        if (count < 1 || count > frame.Components.Length || body.Length != 4 + 2 * count)
            throw new JpegException("damaged JPEG file: scan header");
        var parts = new (JpegComponent, int, int)[count];
        for (int i = 0; i < count; i++)
        {
            int id = body[1 + 2 * i], tableIds = body[2 + 2 * i];
            var component = Array.Find(frame.Components, c => c.Id == id) ?? throw new JpegException("damaged JPEG file: a scan of an unknown component");
            if (tableIds >> 4 > 3 || (tableIds & 15) > 3 || Array.Exists(parts[..i], p => ReferenceEquals(p.Item1, component)))
                throw new JpegException("damaged JPEG file: scan header");
            parts[i] = (component, tableIds >> 4, tableIds & 15);
        }

        int first = body[^3], last = body[^2], high = body[^1] >> 4, low = body[^1] & 15;
        if (!frame.Progressive)
            return new JpegScan(frame, tables, parts, 0, 63, 0, 0);
        bool band = first == 0 ? last == 0 : last is >= 1 and <= 63 && first <= last && count == 1;
        if (!band || low > 13 || (high != 0 && high != low + 1))
            throw new JpegException("damaged JPEG file: a scan of coefficients that do not go together");
        return new JpegScan(frame, tables, parts, first, last, high, low);
    }

    /// <summary>Decodes the data that begins at <paramref name="at"/>; returns where to look for the next marker.</summary>
    public int Decode(byte[] file, int at)
    {
        _bits = new JpegBits(file, at);
        int units = 0;
        if (_parts.Length == 1)
        {
            var component = _parts[0].Component;
            int across = JpegFrame.Up(component.Width, 8), down = JpegFrame.Up(component.Height, 8);
            for (int y = 0; y < down; y++)
            {
                for (int x = 0; x < across; x++)
                {
                    RestartWhenDue(units++);
                    Block(0, y, x);
                }
            }

            return _bits.Position;
        }

        for (int y = 0; y < _frame.McusDown; y++)
        {
            for (int x = 0; x < _frame.McusAcross; x++)
            {
                RestartWhenDue(units++);
                for (int p = 0; p < _parts.Length; p++)
                {
                    var c = _parts[p].Component;
                    for (int i = 0; i < c.H * c.V; i++)
                        Block(p, y * c.V + i / c.H, x * c.H + i % c.H);
                }
            }
        }

        return _bits.Position;
    }

    private void RestartWhenDue(int unit)
    {
        if (_tables.RestartInterval == 0 || unit == 0 || unit % _tables.RestartInterval != 0)
            return;
        _bits.Restart();
        Array.Clear(_predictions);
        _endOfBandRun = 0;
    }

    private void Block(int part, int y, int x)
    {
        var (component, dc, ac) = _parts[part];
        var block = component.Coefficients.AsSpan((y * component.BlocksAcross + x) * 64, 64);
        if (!_frame.Progressive)
        {
            Dc(part, _tables.Dc(dc), block);
            Ac(_tables.Ac(ac), block);
        }
        else if (_first == 0)
        {
            if (_high == 0)
                Dc(part, _tables.Dc(dc), block);
            else if (_bits.Take(1) == 1)
                block[0] |= (short)(1 << _low);
        }
        else if (_high == 0)
        {
            FirstAc(_tables.Ac(ac), block);
        }
        else
        {
            RefineAc(_tables.Ac(ac), block);
        }
    }

    private void Dc(int part, JpegHuffman table, Span<short> block)
    {
        int length = table.Decode(_bits);
        if (length > 15)
            throw Damaged();
        _predictions[part] += _bits.TakeSigned(length);
        block[0] = (short)(_predictions[part] << _low);
    }

    private void Ac(JpegHuffman table, Span<short> block)
    {
        for (int k = 1; k < 64; k++)
        {
            int code = table.Decode(_bits), length = code & 15;
            if (length == 0)
            {
                if (code != 0xf0)
                    return;
                k += 15;
                continue;
            }

            k += code >> 4;
            if (k > 63)
                throw Damaged();
            block[JpegTables.ZigZag[k]] = (short)_bits.TakeSigned(length);
        }
    }

    private void FirstAc(JpegHuffman table, Span<short> block)
    {
        if (_endOfBandRun > 0)
        {
            _endOfBandRun--;
            return;
        }

        for (int k = _first; k <= _last; k++)
        {
            int code = table.Decode(_bits), run = code >> 4, length = code & 15;
            if (length == 0)
            {
                if (run < 15)
                {
                    _endOfBandRun = (1 << run) - 1 + _bits.Take(run);
                    return;
                }

                k += 15;
                continue;
            }

            k += run;
            if (k > _last)
                throw Damaged();
            block[JpegTables.ZigZag[k]] = (short)(_bits.TakeSigned(length) << _low);
        }
    }

    // T.81, G.1.2.3: known coefficients get one more bit each; between them new ones of this bit's size appear.
    private void RefineAc(JpegHuffman table, Span<short> block)
    {
        int k = _first;
        if (_endOfBandRun == 0)
        {
            for (; k <= _last; k++)
            {
                int code = table.Decode(_bits), run = code >> 4, length = code & 15;
                short value = 0;
                if (length == 0)
                {
                    if (run < 15)
                    {
                        _endOfBandRun = (1 << run) + _bits.Take(run);
                        break;
                    }
                }
                else
                {
                    value = (short)((_bits.Take(1) == 1 ? 1 : -1) << _low);
                }

                for (; k <= _last; k++)
                {
                    ref short known = ref block[JpegTables.ZigZag[k]];
                    if (known != 0)
                        Refine(ref known);
                    else if (run-- == 0)
                        break;
                }

                if (value == 0)
                    continue;
                if (k > _last)
                    throw Damaged();
                block[JpegTables.ZigZag[k]] = value;
            }
        }

        if (_endOfBandRun == 0)
            return;
        for (; k <= _last; k++)
        {
            ref short known = ref block[JpegTables.ZigZag[k]];
            if (known != 0)
                Refine(ref known);
        }

        _endOfBandRun--;
    }

    private void Refine(ref short value)
    {
        if (_bits.Take(1) == 1 && (value & 1 << _low) == 0)
            value += (short)((value > 0 ? 1 : -1) << _low);
    }

    private static JpegException Damaged() => new("damaged JPEG file: a coefficient outside its block");
}
