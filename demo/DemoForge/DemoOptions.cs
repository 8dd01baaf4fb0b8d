using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GitOpsGate.DemoForge;

/// <summary>How the demo was asked for.</summary>
/// <param name="Root">The checkout, where the gateway was built.</param>
/// <param name="Port">The gateway's port on 127.0.0.1.</param>
/// <param name="IsOnce">Whether to stop after the last step.</param>
internal sealed record DemoOptions(string Root, int Port, bool IsOnce)
{
    /// <summary>Null when the arguments make no sense.</summary>
    public static DemoOptions? Read(string[] args)
    {
        var (root, port, once) = ("", 8080, false);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--once": once = true; break;
                case "--root" when i + 1 < args.Length: root = args[++i]; break;
                case "--port" when i + 1 < args.Length && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out port): i++; break;
                default: return null;
            }
        }

        return root.Length == 0 || port is < 0 or > 65535 ? null : new DemoOptions(root, port == 0 ? FreePort() : port, once);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
