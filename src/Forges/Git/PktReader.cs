using System.Globalization;
using System.Text;

namespace GitOpsGate.Forges.Git;

/// <summary>What kind of pkt-line stands there.</summary>
internal enum PktKind
{
    /// <summary>The end of a message.</summary>
    Flush,

    /// <summary>The end of a part of a message.</summary>
    Delimiter,

    /// <summary>The end of an answer of a server that keeps no state.</summary>
    End,
    Line,
}

/// <summary>Reads pkt-lines: four hex digits for the length, these included, then the content. Source: gitprotocol-common(5).</summary>
/// <param name="came">Told each time that something came.</param>
internal sealed class PktReader(Stream stream, Action came)
{
    private const int Longest = 65_520;

    private readonly byte[] _buffer = new byte[Longest];

    /// <summary>The content of the line that was read last; valid until the next one is read.</summary>
    public ReadOnlyMemory<byte> Content { get; private set; }

    /// <summary>The same as text, without a line feed at its end.</summary>
    public string Text => Encoding.UTF8.GetString(Content.Span).TrimEnd('\n');

    /// <exception cref="EndOfStreamException">The stream ended.</exception>
    /// <exception cref="InvalidDataException">These are no pkt-lines.</exception>
    public async Task<PktKind> NextAsync(CancellationToken cancellation)
    {
        Content = default;
        await stream.ReadExactlyAsync(_buffer.AsMemory(0, 4), cancellation);
        came();
        var digits = Encoding.ASCII.GetString(_buffer, 0, 4);
        if (!int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length) || length is 3 or > Longest)
            throw new InvalidDataException("the answer is not made of pkt-lines");
        if (length < 4) return (PktKind)length;
        await stream.ReadExactlyAsync(_buffer.AsMemory(0, length - 4), cancellation);
        came();
        Content = _buffer.AsMemory(0, length - 4);
        return PktKind.Line;
    }

    /// <summary>One line, ready to be sent.</summary>
    public static string Line(string text) => (text.Length + 5).ToString("x4", CultureInfo.InvariantCulture) + text + "\n";
}
