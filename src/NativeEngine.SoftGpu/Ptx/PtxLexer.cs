namespace NativeEngine.SoftGpu;

/// <summary>Splits PTX text into tokens; comments and white space fall away, every token keeps its line and column.</summary>
internal sealed class PtxLexer(string text, string file)
{
    private const string Marks = "{}()[]<>,;:=+-!@|";

    /// <summary>A text longer than this is refused: no real module comes near, and it bounds what hostile input can cost.</summary>
    private const int MaximumLength = 64 << 20;

    private int _at;
    private int _line = 1;
    private int _lineStart;

    public List<PtxToken> ReadAll()
    {
        if (text.Length > MaximumLength)
            throw new PtxException(file, 1, 1, $"the text has {text.Length} characters, at most {MaximumLength} are accepted");
        var tokens = new List<PtxToken>(text.Length / 5 + 1);
        while (true)
        {
            SkipBlanks();
            if (_at >= text.Length)
            {
                tokens.Add(new PtxToken(PtxTokenKind.End, "", _line, _at - _lineStart + 1));
                return tokens;
            }
            tokens.Add(ReadOne());
        }
    }

    private char Peek(int ahead = 0) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    private PtxException Error(string problem) => new(file, _line, _at - _lineStart + 1, problem);

    private void SkipBlanks()
    {
        while (_at < text.Length)
        {
            char c = text[_at];
            if (c == '\n')
            {
                _at++;
                _line++;
                _lineStart = _at;
            }
            else if (c is ' ' or '\t' or '\r')
            {
                _at++;
            }
            else if (c == '/' && Peek(1) == '/')
            {
                while (_at < text.Length && text[_at] != '\n')
                    _at++;
            }
            else if (c == '/' && Peek(1) == '*')
            {
                SkipBlockComment();
            }
            else
            {
                return;
            }
        }
    }

    private void SkipBlockComment()
    {
        var unclosed = Error("this comment has no end");
        for (_at += 2; !(Peek() == '*' && Peek(1) == '/'); _at++)
        {
            if (_at >= text.Length)
                throw unclosed;
            if (text[_at] == '\n')
            {
                _line++;
                _lineStart = _at + 1;
            }
        }
        _at += 2;
    }

    private PtxToken ReadOne()
    {
        int start = _at, line = _line, column = _at - _lineStart + 1;
        char c = text[_at];
        if (IsWordStart(c))
            return new PtxToken(PtxTokenKind.Word, ReadWord(), line, column);
        if (char.IsAsciiDigit(c))
            return new PtxToken(PtxTokenKind.Number, ReadNumber(), line, column);
        if (c == '.' && (IsWordStart(Peek(1)) || char.IsAsciiDigit(Peek(1))))
        {
            _at++;
            return new PtxToken(PtxTokenKind.Dotted, ReadQualified(), line, column);
        }
        if (c == '"')
        {
            _at++;
            while (Peek() is not ('"' or '\n' or '\0'))
                _at++;
            if (Peek() != '"')
                throw new PtxException(file, line, column, "this string has no end on its line");
            _at++;
            return new PtxToken(PtxTokenKind.String, text[(start + 1)..(_at - 1)], line, column);
        }
        if (!Marks.Contains(c))
            throw Error(c is > ' ' and < '\x7f' ? $"unexpected character '{c}'" : $"unexpected character U+{(int)c:X4}");
        _at++;
        return new PtxToken(PtxTokenKind.Mark, c.ToString(), line, column);
    }

    private static bool IsWordStart(char c) => char.IsAsciiLetter(c) || c is '_' or '$' or '%';

    private static bool IsWordPart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$';

    private string ReadWord()
    {
        int start = _at++;
        while (IsWordPart(Peek()))
            _at++;
        return text[start.._at];
    }

    /// <summary>A word after a dot, whose parts may be joined by two colons: <c>L1::evict_last</c>.</summary>
    private string ReadQualified()
    {
        int start = _at;
        ReadWord();
        while (Peek() == ':' && Peek(1) == ':' && IsWordPart(Peek(2)))
        {
            _at += 2;
            ReadWord();
        }
        return text[start.._at];
    }

    /// <summary>Takes the longest run that can belong to a number; what it means is decided by <see cref="PtxNumber"/>.</summary>
    private string ReadNumber()
    {
        int start = _at;
        bool hex = Peek() == '0' && Peek(1) is 'x' or 'X' or 'f' or 'F' or 'd' or 'D';
        while (IsWordPart(Peek()) || (!hex && (Peek() == '.' || (Peek() is '+' or '-' && text[_at - 1] is 'e' or 'E'))))
            _at++;
        return text[start.._at];
    }
}
