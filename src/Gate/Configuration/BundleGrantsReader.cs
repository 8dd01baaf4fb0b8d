using GitOpsGate.Policies.World;

namespace GitOpsGate.Configuration;

/// <summary>Reads the <c>capabilities</c> of a bundle: which functions may ask the world, and which hosts.</summary>
internal static class BundleGrantsReader
{
    private static readonly string[] AskHosts = ["http.send", "net.lookup_ip_addr"];

    public static WorldGrants Read(Fields bundle, bool asksServer)
    {
        if (bundle.Inner("capabilities") is not { } fields) return WorldGrants.None;
        if (asksServer) bundle.Refuse(bundle.LineOf("capabilities"), "`capabilities` are for the embedded engine; an OPA server has its own");
        var functions = fields.Texts("functions");
        var hosts = fields.Texts("allowNet");
        foreach (var (name, line) in functions)
        {
            if (!WorldGrants.Known.Contains(name)) fields.Refuse(line, $"`{name}` cannot be granted; {string.Join(", ", WorldGrants.Known)} can");
        }

        foreach (var (host, line) in hosts)
        {
            if (!IsHost(host)) fields.Refuse(line, $"`{host}` is no host; `inventory.example.org` or `inventory.example.org:8443` would be right");
        }

        var asks = functions.Any(function => AskHosts.Contains(function.Value));
        if (asks && hosts.IsEmpty) fields.Refuse(fields.Line, "`allowNet` should name the hosts that may be asked");
        if (!asks && !hosts.IsEmpty) fields.Refuse(fields.LineOf("allowNet"), $"`allowNet` is for {string.Join(" and ", AskHosts)}; grant one of them");
        fields.Done();
        return new WorldGrants
        {
            Functions = [.. functions.Select(function => function.Value)],
            AllowNet = [.. hosts.Select(host => host.Value)],
        };
    }

    private static bool IsHost(string text)
    {
        var colon = text.LastIndexOf(':');
        var (host, port) = colon < 0 || text.EndsWith(']') ? (text, "1") : (text[..colon], text[(colon + 1)..]);
        return Uri.CheckHostName(host.TrimStart('[').TrimEnd(']')) != UriHostNameType.Unknown && ushort.TryParse(port, out var number) && number > 0;
    }
}
