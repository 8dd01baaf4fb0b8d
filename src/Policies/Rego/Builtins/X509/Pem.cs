using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins.X509;

/// <summary>One block of a PEM text (RFC 7468), as Go's encoding/pem finds it.</summary>
/// <param name="Label">What stands after <c>BEGIN</c>.</param>
/// <param name="Bytes">The content.</param>
/// <param name="End">Where the text goes on.</param>
internal sealed record Pem(string Label, byte[] Bytes, int End)
{
    private const string Begin = "-----BEGIN ";
    private const string Finish = "-----END ";
    private const string Dashes = "-----";

    /// <summary>The next block at or after a place; null when there is none. What is no block is passed over.</summary>
    public static Pem? Next(string text, int from)
    {
        while (from < text.Length)
        {
            var start = text.IndexOf(Begin, from, StringComparison.Ordinal);
            if (start < 0) return null;
            from = start + Begin.Length;
            if (start > 0 && text[start - 1] != '\n') continue;
            if (At(text, from) is { } block) return block;
        }

        return null;
    }

    /// <summary>The blocks of a text, in order.</summary>
    public static IEnumerable<Pem> All(string text)
    {
        for (var block = Next(text, 0); block is not null; block = Next(text, block.End)) yield return block;
    }

    /// <summary>The content of DER bytes as a block, on lines of 64 characters.</summary>
    public static string Write(string label, byte[] bytes)
    {
        var text = new StringBuilder(Begin).Append(label).Append(Dashes).Append('\n');
        var base64 = Convert.ToBase64String(bytes);
        for (var i = 0; i < base64.Length; i += 64) text.Append(base64.AsSpan(i, Math.Min(64, base64.Length - i))).Append('\n');
        return text.Append(Finish).Append(label).Append(Dashes).Append('\n').ToString();
    }

    private static Pem? At(string text, int from)
    {
        var line = LineAt(text, from, out var body);
        if (!line.EndsWith(Dashes, StringComparison.Ordinal)) return null;
        var label = line[..^Dashes.Length];
        while (LineAt(text, body, out var next) is var header && header.Contains(':', StringComparison.Ordinal)) body = next;
        var end = text.AsSpan(body).StartsWith(Finish, StringComparison.Ordinal)
            ? body : text.IndexOf("\n" + Finish, body, StringComparison.Ordinal);
        if (end < 0) return null;
        var content = text[body..end];
        var trailer = end + (text[end] == '\n' ? 1 : 0) + Finish.Length;
        var last = LineAt(text, trailer, out var after);
        if (last != label + Dashes) return null;
        var base64 = content.Replace(" ", "", StringComparison.Ordinal).Replace("\t", "", StringComparison.Ordinal);
        return GoBase64.TryDecode(base64, "+/", out var bytes, out _) ? new Pem(label, bytes, after) : null;
    }

    private static string LineAt(string text, int from, out int next)
    {
        var end = text.IndexOf('\n', from);
        next = end < 0 ? text.Length : end + 1;
        return text[from..(end < 0 ? text.Length : end)].TrimEnd(' ', '\t', '\r');
    }
}
