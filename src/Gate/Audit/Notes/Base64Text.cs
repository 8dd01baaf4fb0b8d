namespace GitOpsGate.Audit.Notes;

/// <summary>Base 64 as the transparency formats want it (RFC 4648 §4): padded, and nothing else in it, no space and no line break.</summary>
internal static class Base64Text
{
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        // The platform's reader would skip white space: then two texts were one signature.
        if (text.Length % 4 != 0 || text.ContainsAny(" \t\r\n")) return false;
        var room = new byte[text.Length / 4 * 3];
        if (!Convert.TryFromBase64Chars(text, room, out var written)) return false;
        bytes = room[..written];
        return true;
    }
}
