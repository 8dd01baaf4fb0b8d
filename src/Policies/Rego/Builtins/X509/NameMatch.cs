namespace GitOpsGate.Policies.Rego.Builtins.X509;

/// <summary>Whether names fit: a host and a certificate (RFC 6125, section 6.4), a name and the limits of an authority (RFC 5280,
/// section 4.2.1.10).</summary>
internal static class NameMatch
{
    /// <summary>Whether a certificate is for a host: one of its names or addresses, never its common name.</summary>
    public static bool IsFor(AlternativeNames names, string host)
    {
        var plain = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        if (IpRange.Address(plain) is { } address) return names.Addresses.Contains(address.TextOf(address.First));
        return names.Dns.Exists(pattern => IsPattern(pattern, host.ToLowerInvariant()));
    }

    /// <summary>Whether every name is permitted and none is excluded.</summary>
    public static bool Permits(NameLimits limits, AlternativeNames names) =>
        !limits.HasUnknown
        && Fits(names.Dns, limits.Dns, IsInDomain)
        && Fits(names.Emails, limits.Emails, IsMailboxIn)
        && Fits(names.Uris, limits.Uris, IsUriIn)
        && Fits(names.Addresses, limits.Ranges, IsInRange);

    private static bool Fits<TName, TLimit>(List<TName> names, List<TLimit>[] limits, Func<TName, TLimit, bool> matches) =>
        names.TrueForAll(name => !limits[1].Exists(limit => matches(name, limit))
            && (limits[0].Count == 0 || limits[0].Exists(limit => matches(name, limit))));

    private static bool IsPattern(string pattern, string host)
    {
        pattern = pattern.ToLowerInvariant().TrimEnd('.');
        host = host.TrimEnd('.');
        if (pattern.Length == 0 || host.Length == 0) return false;
        var (wanted, given) = (pattern.Split('.'), host.Split('.'));
        if (wanted.Length != given.Length) return false;
        for (var i = 0; i < wanted.Length; i++)
        {
            if (i == 0 && wanted[0] == "*" && wanted.Length > 1) continue;
            if (wanted[i] != given[i]) return false;
        }

        return true;
    }

    private static bool IsInDomain(string name, string limit)
    {
        if (limit.Length == 0) return true;
        var (wanted, given) = (limit.TrimStart('.').Split('.'), name.TrimEnd('.').Split('.'));
        if (given.Length < wanted.Length + (limit[0] == '.' ? 1 : 0)) return false;
        return given.AsSpan()[^wanted.Length..].SequenceEqual(wanted, StringComparer.OrdinalIgnoreCase);
    }

    private static bool IsMailboxIn(string mailbox, string limit)
    {
        var at = mailbox.LastIndexOf('@');
        if (at < 0) return false;
        var border = limit.LastIndexOf('@');
        return border < 0
            ? IsInDomain(mailbox[(at + 1)..], limit)
            : mailbox[..at] == limit[..border]
                && mailbox[(at + 1)..].Equals(limit[(border + 1)..], StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsUriIn(string uri, string limit) =>
        GoUrl.Parse(uri, out _) is { Host.Length: > 0 } url && IpRange.Address(url.Host) is null && IsInDomain(url.Host, limit);

    private static bool IsInRange(string address, (byte[] Address, byte[] Mask) range)
    {
        var bytes = System.Net.IPAddress.Parse(address).GetAddressBytes();
        if (bytes.Length != range.Address.Length) return false;
        for (var i = 0; i < bytes.Length; i++)
        {
            if ((bytes[i] & range.Mask[i]) != (range.Address[i] & range.Mask[i])) return false;
        }

        return true;
    }
}
