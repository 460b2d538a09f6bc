using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace NativeEngine.Nn;

/// <summary>
/// A restricted unpickler: it builds plain values and the few torch objects that <see cref="TorchGlobals"/> knows, and runs nothing. A name
/// outside that list is an error. Memory is bounded by the size of the input.
/// </summary>
/// <remarks>Opcodes of pickle protocols 2 to 5 as Python's pickletools documents them; torch.save writes protocol 2.</remarks>
/// <param name="input">The pickles, one behind the other.</param>
/// <param name="persistent">Resolves references to what lies outside the pickle; by default they are descriptions of storages.</param>
/// <param name="names">The names it may use; by default torch's.</param>
internal sealed class PickleReader(ReadOnlyMemory<byte> input, Func<object?, object?>? persistent = null, PickleNames? names = null)
{
    /// <summary>Far more than any checkpoint needs (a tensor takes about 40), and a bound on the memory a hostile file can claim.</summary>
    private const int MaxOperations = 4_000_000;

    private static readonly object Mark = new();

    private readonly PickleNames _names = names ?? PickleNames.Torch;
    private readonly ReadOnlyMemory<byte> _input = input;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _at, _operations;

    /// <summary>Bytes consumed so far: where the next pickle of a file starts.</summary>
    public int Position => _at;

    /// <summary>Bytes between two pickles.</summary>
    public ReadOnlyMemory<byte> Raw(long count)
    {
        int start = _at;
        return _input.Slice(start, Take(count).Length);
    }

    /// <summary>Reads one pickle to its STOP.</summary>
    public object? Read()
    {
        _stack.Clear();
        _memo.Clear();
        while (true)
        {
            byte op = Byte();
            Count(1);
            if (op == '.')
                return Pop();
            Execute(op);
        }
    }

    private void Count(int operations)
    {
        _operations += operations; // below two billion: a list is no longer than the operations before it
        if (_operations > MaxOperations)
            throw new PickleException($"takes more than {MaxOperations} pickle operations");
    }

    private void Execute(byte op)
    {
        switch (op)
        {
            case 0x80: // PROTO
                if (Byte() is > 5 and var protocol)
                    throw new PickleException($"uses pickle protocol {protocol}; 2 to 5 are supported");
                break;
            case 0x95: // FRAME
                Take(8);
                break;
            case (byte)'(':
                Push(Mark);
                break;
            case (byte)'0':
                Pop();
                break;
            case (byte)'1':
                PopToMark();
                break;
            case (byte)'2':
                Push(Peek());
                break;
            case (byte)'q' or (byte)'r': // BINPUT, LONG_BINPUT
                _memo[op == 'q' ? Byte() : UInt32()] = Peek();
                break;
            case 0x94: // MEMOIZE
                _memo[_memo.Count] = Peek();
                break;
            case (byte)'h' or (byte)'j': // BINGET, LONG_BINGET
                Push(Remembered(op == 'h' ? Byte() : UInt32()));
                break;
            case (byte)'c': // GLOBAL
                Push(_names.Find(Line(), Line()));
                break;
            case 0x93: // STACK_GLOBAL
                string name = Pop<string>(), module = Pop<string>();
                Push(_names.Find(module, name));
                break;
            case (byte)'R': // REDUCE
                var arguments = Pop<PickleTuple>();
                if (arguments.Items is [List<object?> copied])
                    Count(copied.Count); // an OrderedDict of a list, which may stand in the memo and be copied again and again
                Push(_names.Call(Pop<PickleGlobal>(), arguments.Items));
                break;
            case 0x81: // NEWOBJ
                var given = Pop<PickleTuple>();
                Push(_names.Call(Pop<PickleGlobal>(), given.Items));
                break;
            case (byte)'b': // BUILD: attributes of an OrderedDict, as _metadata
                object? state = Pop();
                if (Peek() is PickleArray array)
                {
                    array.Build(state);
                    break;
                }

                if (Peek() is not PickleDict built)
                    throw new PickleException("sets the state of an object that is not a dict");
                built.Attributes = state as PickleDict;
                break;
            case (byte)'i': // INST: a class and a call in one
                throw new PickleException($"makes an instance of {_names.Find(Line(), Line()).Name}, which weights never need");
            case (byte)'Q': // BINPERSID
                Push(persistent is null ? TorchGlobals.Storage(Pop()) : persistent(Pop()));
                break;
            default:
                if (!Scalar(op) && !Container(op))
                    throw new PickleException($"uses pickle opcode 0x{op:x2} at byte {_at - 1}, which weights never need");
                break;
        }
    }

    private bool Scalar(byte op)
    {
        switch (op)
        {
            case (byte)'N':
                Push(null);
                return true;
            case 0x88:
                Push(true);
                return true;
            case 0x89:
                Push(false);
                return true;
            case (byte)'J':
                Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                return true;
            case (byte)'K':
                Push((long)Byte());
                return true;
            case (byte)'M':
                Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                return true;
            case 0x8a: // LONG1
                Push(Long(Byte()));
                return true;
            case 0x8b: // LONG4
                Push(Long(UInt32()));
                return true;
            case (byte)'G':
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                return true;
            case (byte)'I': // INT, also protocol 0's True and False
                string digits = Line();
                Push(digits switch { "00" => false, "01" => true, _ => Parsed(digits) });
                return true;
            case (byte)'X' or (byte)'T' or (byte)'B': // BINUNICODE, BINSTRING, BINBYTES
                PushText(op == 'B' || (op == 'T' && _names.StringsAreBytes), UInt32());
                return true;
            case 0x8c or (byte)'U' or (byte)'C': // the same with a length of one byte
                PushText(op == 'C' || (op == 'U' && _names.StringsAreBytes), Byte());
                return true;
            case 0x8d or 0x8e or 0x96: // BINUNICODE8, BINBYTES8, BYTEARRAY8
                PushText(op != 0x8d, BinaryPrimitives.ReadInt64LittleEndian(Take(8)));
                return true;
            default:
                return false;
        }
    }

    private bool Container(byte op)
    {
        switch (op)
        {
            case (byte)']' or 0x8f: // EMPTY_LIST, EMPTY_SET
                Push(new List<object?>());
                return true;
            case (byte)'l':
                Push(PopToMark().ToList());
                return true;
            case (byte)'a':
                object? item = Pop();
                Peek<List<object?>>().Add(item);
                return true;
            case (byte)'e' or 0x90: // APPENDS, ADDITEMS
                var items = PopToMark();
                Peek<List<object?>>().AddRange(items);
                return true;
            case (byte)')':
                Push(new PickleTuple([]));
                return true;
            case (byte)'t' or 0x91: // TUPLE, FROZENSET
                Push(new PickleTuple(PopToMark()));
                return true;
            case 0x85 or 0x86 or 0x87: // TUPLE1, 2, 3
                var tuple = new object?[op - 0x84];
                for (int i = tuple.Length - 1; i >= 0; i--)
                    tuple[i] = Pop();
                Push(new PickleTuple(tuple));
                return true;
            case (byte)'}':
                Push(new PickleDict());
                return true;
            case (byte)'d':
                var pairs = PopToMark();
                var dict = new PickleDict();
                Fill(dict, pairs);
                Push(dict);
                return true;
            case (byte)'s':
                object? value = Pop(), key = Pop();
                Peek<PickleDict>().Set(key, value);
                return true;
            case (byte)'u':
                var entries = PopToMark();
                Fill(Peek<PickleDict>(), entries);
                return true;
            default:
                return false;
        }
    }

    private static void Fill(PickleDict dict, object?[] pairs)
    {
        if (pairs.Length % 2 != 0)
            throw new PickleException("has a dict entry without a value");
        for (int i = 0; i < pairs.Length; i += 2)
            dict.Set(pairs[i], pairs[i + 1]);
    }

    private void PushText(bool bytes, long length)
    {
        var span = Take(length);
        Push(bytes ? span.ToArray() : Encoding.UTF8.GetString(span));
    }

    private object Long(long length)
    {
        if (length > 1024)
            throw new PickleException($"has an integer of {length} bytes");
        var value = new BigInteger(Take(length));
        return value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value; // the cast keeps a long from becoming a BigInteger
    }

    private static object Parsed(string digits) =>
        long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value
            : throw new PickleException("has a malformed integer");

    private object? Remembered(long index) => _memo.TryGetValue(index, out var value) ? value
        : throw new PickleException($"reads memo entry {index}, which was never written");

    private void Push(object? value) => _stack.Add(value);

    private object? Peek() => _stack.Count > 0 && !ReferenceEquals(_stack[^1], Mark) ? _stack[^1] : throw new PickleException("pops from an empty stack");

    private T Peek<T>() => Peek() is T value ? value
        : throw new PickleException($"expects a {typeof(T).Name.Replace("Pickle", "").ToLowerInvariant()} on the stack at byte {_at}");

    private object? Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private T Pop<T>()
    {
        var value = Peek<T>();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] PopToMark()
    {
        int mark = _stack.LastIndexOf(Mark);
        if (mark < 0)
            throw new PickleException("has no mark where one is needed");
        var items = _stack.GetRange(mark + 1, _stack.Count - mark - 1).ToArray();
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private byte Byte() => Take(1)[0];

    private uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _input.Length - _at)
            throw new PickleException($"ends inside a pickle at byte {_at}");
        var span = _input.Span.Slice(_at, (int)count);
        _at += (int)count;
        return span;
    }

    private string Line()
    {
        int length = _input.Span[_at..].IndexOf((byte)'\n');
        if (length is < 0 or > 1000)
            throw new PickleException($"has no end of line after byte {_at}");
        string line = Encoding.UTF8.GetString(Take(length));
        _at++;
        return line;
    }
}
