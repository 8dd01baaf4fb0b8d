using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>The parts of a URL as Go's package net/url takes it apart. Missing parts are empty.</summary>
internal sealed class GoUrl
{
    private const string HostMarks = "-_.~!$&'()*+,;=:[]<>\"";

    public string Scheme { get; private set; } = "";

    public string Host { get; private set; } = "";

    public string Port { get; private set; } = "";

    public string Path { get; private set; } = "";

    /// <summary>The path as it was written where that tells more than the path itself; otherwise the path.</summary>
    public string RawPath { get; private set; } = "";

    public string RawQuery { get; private set; } = "";

    public string Fragment { get; private set; } = "";

    /// <summary>Takes a URL apart; null, and why, when it is none.</summary>
    public static GoUrl? Parse(string text, out string problem)
    {
        var url = new GoUrl();
        problem = url.Read(text) ?? "";
        return problem.Length == 0 ? url : null;
    }

    private string? Read(string text)
    {
        var hash = text.IndexOf('#', StringComparison.Ordinal);
        var rest = hash < 0 ? text : text[..hash];
        if (rest.Any(unit => unit < ' ' || unit == 0x7f)) return "net/url: invalid control character in URL";
        if (TakeScheme(ref rest) is { } wrong) return wrong;
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        if (question >= 0) (rest, RawQuery) = (rest[..question], rest[(question + 1)..]);
        if (!rest.StartsWith('/'))
        {
            // What follows a scheme and begins without a slash is opaque: `mailto:a@b` has no path.
            if (Scheme.Length > 0) return ReadFragment(text, hash);
            if (rest.Split('/')[0].Contains(':', StringComparison.Ordinal))
                return "first path segment in URL cannot contain colon";
        }
        else if (rest.StartsWith("//", StringComparison.Ordinal)
            && (Scheme.Length > 0 || !rest.StartsWith("///", StringComparison.Ordinal)))
        {
            var slash = rest.IndexOf('/', 2);
            if (ReadAuthority(slash < 0 ? rest[2..] : rest[2..slash]) is { } unfit) return unfit;
            rest = slash < 0 ? "" : rest[slash..];
        }

        if (!UrlQuery.TryUnescape(rest.Replace("+", "%2B", StringComparison.Ordinal), out var path, out var escape))
            return InvalidEscape(escape);
        Path = Encoding.UTF8.GetString(path);
        RawPath = EscapePath(path) == rest ? Path : rest;
        return ReadFragment(text, hash);
    }

    private string? ReadFragment(string text, int hash)
    {
        if (hash < 0) return null;
        var written = text[(hash + 1)..].Replace("+", "%2B", StringComparison.Ordinal);
        if (!UrlQuery.TryUnescape(written, out var fragment, out var escape)) return InvalidEscape(escape);
        Fragment = Encoding.UTF8.GetString(fragment);
        return null;
    }

    private string? TakeScheme(ref string rest)
    {
        for (var i = 0; i < rest.Length; i++)
        {
            var unit = rest[i];
            if (char.IsAsciiLetter(unit)) continue;
            if (char.IsAsciiDigit(unit) || unit is '+' or '-' or '.')
            {
                if (i == 0) return null;
                continue;
            }

            if (unit != ':') return null;
            if (i == 0) return "missing protocol scheme";
            Scheme = rest[..i].ToLowerInvariant();
            rest = rest[(i + 1)..];
            return null;
        }

        return null;
    }

    private string? ReadAuthority(string authority)
    {
        var at = authority.LastIndexOf('@');
        if (at >= 0
            && !authority[..at].All(unit => char.IsAsciiLetterOrDigit(unit)
            || "-._:~!$&'()*+,;=%@".Contains(unit, StringComparison.Ordinal)))
            return "net/url: invalid userinfo";
        if (at >= 0 && !UrlQuery.TryUnescape(authority[..at], out _, out var escape)) return InvalidEscape(escape);
        var host = authority[(at + 1)..];
        var end = host.Length;
        if (host.StartsWith('['))
        {
            end = host.LastIndexOf(']') + 1;
            if (end == 0) return "missing ']' in host";
        }
        else if (host.LastIndexOf(':') is var colon && colon >= 0)
        {
            end = colon;
        }

        var port = host[end..];
        if (port.Length > 0 && (port[0] != ':' || !port[1..].All(char.IsAsciiDigit)))
            return $"invalid port {GoQuote.Text(port, false, false)} after host";
        Port = port.Length > 0 ? port[1..] : "";
        return ReadHost(host[..end]);
    }

    private string? ReadHost(string host)
    {
        for (var i = 0; i < host.Length; i++)
        {
            if (host[i] == '%')
            {
                // Only bytes beyond ASCII, and the per cent sign in front of a zone, may be escaped in a host.
                var escape = host.Substring(i, Math.Min(3, host.Length - i));
                if (escape.Length < 3 || !char.IsAsciiHexDigit(escape[1]) || !char.IsAsciiHexDigit(escape[2]))
                    return InvalidEscape(escape);
                if (escape[1] < '8' && escape != "%25") return InvalidEscape(escape);
            }
            else if (host[i] < 128 && !char.IsAsciiLetterOrDigit(host[i])
                && !HostMarks.Contains(host[i], StringComparison.Ordinal))
            {
                return $"invalid character {GoQuote.Text(host[i].ToString(), false, false)} in host name";
            }
        }

        UrlQuery.TryUnescape(host.Replace("+", "%2B", StringComparison.Ordinal), out var bytes, out _);
        Host = Encoding.UTF8.GetString(bytes);
        if (Host.StartsWith('[') && Host.EndsWith(']')) Host = Host[1..^1];
        return null;
    }

    private static string InvalidEscape(string escape) => $"invalid URL escape {GoQuote.Text(escape, false, false)}";

    private static string EscapePath(byte[] path)
    {
        var text = new StringBuilder(path.Length);
        foreach (var unit in path)
        {
            var plain = unit < 128
                && (char.IsAsciiLetterOrDigit((char)unit) || "-_.~$&+,/:;=@".Contains((char)unit, StringComparison.Ordinal));
            if (plain) text.Append((char)unit);
            else text.Append('%').Append(unit.ToString("X2"));
        }

        return text.ToString();
    }
}
