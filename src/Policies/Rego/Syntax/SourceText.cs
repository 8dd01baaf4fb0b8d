using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>What no source may be or hold, whatever the language says of it.</summary>
internal static class SourceText
{
    /// <summary>How many characters a module may have.</summary>
    public const int LengthLimit = 4 << 20;

    /// <summary>Why a text cannot be a source; null when it can.</summary>
    public static RegoError? Problem(string file, string text)
    {
        if (text.Length > LengthLimit)
        {
            return new RegoError(
                RegoErrorCodes.LimitSize, $"the source has {text.Length} characters, at most {LengthLimit} are read",
                new PolicyPlace(file, 1, 1));
        }

        if (text.AsSpan().IndexOf('\0') is >= 0 and var nul) return Wrong(file, text, nul, "illegal null character");
        if (text.Length > 1 && text.AsSpan(1).IndexOf('\uFEFF') is >= 0 and var mark)
        {
            return Wrong(file, text, mark + 1, "illegal byte-order mark");
        }

        for (var at = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); at >= 0;)
        {
            if (at + 1 >= text.Length || !char.IsSurrogatePair(text, at)) return Wrong(file, text, at, "illegal utf-8 character");
            var next = text.AsSpan(at + 2).IndexOfAnyInRange('\uD800', '\uDFFF');
            at = next < 0 ? -1 : at + 2 + next;
        }

        return null;
    }

    private static RegoError Wrong(string file, string text, int at, string message)
    {
        var before = text.AsSpan(0, at);
        return new RegoError(
            RegoErrorCodes.Parse, message,
            new PolicyPlace(file, before.Count('\n') + 1, at - before.LastIndexOf('\n')));
    }
}
