namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Reads base64 as Go's encoding/base64 does: padding is demanded, line ends are passed over, the first wrong byte is named.
/// </summary>
internal static class GoBase64
{
    /// <param name="text">The text.</param>
    /// <param name="last">The 63rd and the 64th character of the alphabet.</param>
    /// <param name="bytes">What it stands for.</param>
    /// <param name="wrong">Where it goes wrong.</param>
    public static bool TryDecode(string text, string last, out byte[] bytes, out int wrong)
    {
        var output = new List<byte>(text.Length / 4 * 3);
        bytes = [];
        wrong = 0;
        var (quad, count) = (0, 0);
        for (var at = 0; at < text.Length; at++)
        {
            var unit = text[at];
            if (unit is '\r' or '\n') continue;
            wrong = at;
            if (unit == '=')
            {
                if (count < 2) return false;
                if (!Ends(text, at, count, out wrong)) return false;
                for (var i = count; i < 4; i++) quad <<= 6;
                for (var i = 0; i < count - 1; i++) output.Add((byte)(quad >> (16 - (8 * i))));
                bytes = [.. output];
                return true;
            }

            var value = ValueOf(unit, last);
            if (value < 0) return false;
            quad = (quad << 6) | value;
            if (++count < 4) continue;
            output.AddRange([(byte)(quad >> 16), (byte)(quad >> 8), (byte)quad]);
            (quad, count) = (0, 0);
        }

        bytes = [.. output];
        wrong = text.Length - count;
        return count == 0;
    }

    /// <summary>Whether exactly the padding that is needed stands at the end.</summary>
    /// <summary>Whether the padding that begins at a place is all that is left; otherwise where Go says that it goes wrong.</summary>
    private static bool Ends(string text, int at, int count, out int wrong)
    {
        var next = AfterLines(text, at + 1);
        wrong = at;
        if (count == 2)
        {
            if (next == text.Length) wrong = next;
            else if (text[next] != '=') wrong = next - 1;
            if (next == text.Length || text[next] != '=') return false;
            next = AfterLines(text, next + 1);
        }

        wrong = next;
        return next == text.Length;
    }

    private static int AfterLines(string text, int at)
    {
        while (at < text.Length && (text[at] is '\r' or '\n')) at++;
        return at;
    }

    private static int ValueOf(char unit, string last) => unit switch
    {
        >= 'A' and <= 'Z' => unit - 'A',
        >= 'a' and <= 'z' => unit - 'a' + 26,
        >= '0' and <= '9' => unit - '0' + 52,
        _ => last.IndexOf(unit, StringComparison.Ordinal) is var at && at >= 0 ? 62 + at : -1,
    };
}
