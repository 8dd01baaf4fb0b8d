using System.Net;
using System.Net.Sockets;

namespace GitOpsGate.Targets.Webhook;

/// <summary>A receiver's address is one that the gate may not call.</summary>
internal sealed class AddressRefusedException(string message) : Exception(message);

/// <summary>
/// Makes clients that cannot be led astray: no redirects, no proxy, no cookies, and unless it is allowed no private address. The name is
/// resolved once, and the connection goes to the very address that was checked.
/// </summary>
internal static class GuardedHttp
{
    private static readonly IPNetwork[] Refused =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "224.0.0.0/3", "::/127", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16", "fc00::/7",
            "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    public static HttpClient Create(bool allowPrivate, TimeSpan timeout)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = (context, cancellation) => ConnectAsync(context.DnsEndPoint, allowPrivate, cancellation),
        };
        return new HttpClient(handler) { Timeout = timeout };
    }

    /// <summary>Whether an address is of the public internet.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return !Array.Exists(Refused, network => network.Contains(plain));
    }

    /// <summary>Opens a connection to an address that was checked; whoever takes the stream closes it.</summary>
    /// <exception cref="AddressRefusedException">The name has no address that may be called.</exception>
    /// <exception cref="SocketException">There is no such name, or nobody answers.</exception>
    public static async ValueTask<Stream> ConnectAsync(DnsEndPoint end, bool allowPrivate, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(end.Host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(end.Host, cancellation);
        var usable = addresses.Where(address => allowPrivate || IsPublic(address)).ToArray();
        if (usable.Length == 0)
            throw new AddressRefusedException($"`{end.Host}` has only private addresses; set `allowPrivate: true` if that is meant");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var isOpen = false;
        try
        {
            await socket.ConnectAsync(usable, end.Port, cancellation);
            isOpen = true;
            return new NetworkStream(socket, ownsSocket: true);
        }
        finally
        {
            if (!isOpen) socket.Dispose();
        }
    }
}
