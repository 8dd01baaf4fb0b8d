namespace GitOpsGate.Forges;

/// <summary>The Link header (RFC 8288), as far as paging needs it.</summary>
internal static class LinkHeader
{
    /// <summary>The address of the next page, or null when there is none.</summary>
    public static string? Next(string? header)
    {
        var rest = header ?? "";
        while (true)
        {
            var (start, end) = (rest.IndexOf('<'), rest.IndexOf('>'));
            if (start < 0 || end < start) return null;
            var following = rest.IndexOf('<', end);
            var parameters = following < 0 ? rest[end..] : rest[end..following];
            if (IsNext(parameters)) return rest[(start + 1)..end];
            if (following < 0) return null;
            rest = rest[following..];
        }
    }

    private static bool IsNext(string parameters) =>
        parameters.Split(';').Any(parameter => parameter.Trim(' ', ',', '>') is "rel=\"next\"" or "rel=next");
}
