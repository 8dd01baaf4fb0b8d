namespace GitOpsGate.Configuration;

/// <summary>Reads <c>audit: anchors:</c> of <c>gate.yaml</c>.</summary>
/// <param name="secret">Gives the secret under a key, or null with a problem.</param>
/// <param name="path">Makes a path absolute.</param>
internal sealed class AnchorReader(Func<Fields, string, Secret?> secret, Func<string, string> path)
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Most = TimeSpan.FromDays(7);

    public AnchorSettings Read(Fields audit)
    {
        if (audit.Inner("anchors") is not { } fields) return AnchorSettings.None;
        var settings = new AnchorSettings(
            fields.Inner("git") is { } git ? Git(git) : null, fields.Inner("timestamp") is { } timestamp ? Timestamp(timestamp) : null);
        fields.Done();
        return settings;
    }

    private GitAnchorSource Git(Fields fields)
    {
        var usual = new GitAnchorSource(GitUrl(fields));
        var branch = fields.Text("branch") ?? usual.Branch;
        if (!IsBranch(branch)) fields.Refuse(fields.LineOf("branch"), $"`branch` should be the name of a branch, for instance `{usual.Branch}`");
        var source = usual with
        {
            Branch = branch,
            Every = Every(fields, usual.Every),
            User = fields.Text("user"),
            Token = secret(fields, "token"),
            IsRequired = fields.Flag("required", false),
        };
        if (source.User?.Contains(':') == true) fields.Refuse(fields.LineOf("user"), "`user` should be a name without a colon");
        fields.Done();
        return source;
    }

    private TimestampSource Timestamp(Fields fields)
    {
        const string Example = "https://tsa.example.org/tsr";
        var text = fields.Needed("url", Example);
        // The stamp is signed, so an authority may be asked in plain, as most of them are.
        var isAddress = Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "https" or "http"
            && address.UserInfo.Length == 0 && address.Fragment.Length == 0;
        if (text.Length > 0 && !isAddress) fields.Refuse(fields.LineOf("url"), $"`url` should be an address such as `{Example}`");
        var trust = path(fields.Needed("trust", "tsa.pem"));
        if (!File.Exists(trust)) fields.Refuse(fields.LineOf("trust"), $"`{trust}` is not there; a PEM file of the authority's root certificate would be right");
        var usual = new TimestampSource(isAddress ? address! : new Uri("https://invalid.invalid"), trust);
        var source = usual with { Every = Every(fields, usual.Every), AllowPrivate = fields.Flag("allowPrivate", false) };
        fields.Done();
        return source;
    }

    // A repository behind ssh would need a key and known hosts of its own; with a token there is nothing to keep but the token.
    private string GitUrl(Fields fields)
    {
        const string Example = "https://git.example.org/audit/checkpoints.git";
        var text = fields.Needed("url", Example);
        if (text.StartsWith('/')) return path(text);
        var isAddress = Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "https" or "http"
            && address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0;
        if (text.Length > 0 && !isAddress)
            fields.Refuse(fields.LineOf("url"), $"`url` should be an address without a name or a secret in it, such as `{Example}`, or an absolute folder");
        else if (isAddress && address!.Scheme == "http" && !address.IsLoopback && fields.Part("token") is not null)
            fields.Refuse(fields.LineOf("url"), "`url` should begin with `https://`: a token would travel without TLS");
        return text;
    }

    private static TimeSpan Every(Fields fields, TimeSpan usual)
    {
        if (fields.Text("every") is not { } text) return usual;
        if (ReconcileReader.TryRead(text) is { } every && every >= Least && every <= Most) return every;
        fields.Refuse(fields.LineOf("every"), "`every` should be a time from `5s` to `168h`, for instance `15m`");
        return usual;
    }

    // The rules of git-check-ref-format(1), as far as a name in a file can break them.
    private static bool IsBranch(string name) =>
        name.Length is > 0 and <= 250 && !name.Any(letter => letter <= ' ' || letter == 127 || "~^:?*[\\".Contains(letter))
        && name[0] is not ('-' or '/') && name[^1] is not ('/' or '.') && !name.Contains("..", StringComparison.Ordinal)
        && !name.Contains("//", StringComparison.Ordinal) && !name.Contains("@{", StringComparison.Ordinal)
        && !name.Split('/').Any(part => part.StartsWith('.') || part.EndsWith(".lock", StringComparison.Ordinal));
}
