using System.Globalization;

namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>What the command line and the environment say.</summary>
/// <param name="Urls">Where to listen, divided by semicolons.</param>
/// <param name="HasWorkers">Whether deliveries are walked and obligations discharged; without it the door only stores.</param>
internal sealed record StartOptions(string ConfigPath, string Urls, bool HasWorkers)
{
    public const string Usage = """
        usage: GitOpsGate.WebhookGateway [--config FILE] [--urls URLS | --port N] [--workers on|off]

          --config FILE   the configuration (default: $GITOPSGATE_CONFIG, else ./gate.yaml)
          --urls URLS     where to listen, divided by semicolons (default: $ASPNETCORE_URLS, else http://127.0.0.1:8080)
          --port N        the same as --urls http://127.0.0.1:N
          --workers off   take webhooks in and store them, and do nothing else with them

        GitOpsGate.WebhookGateway recover --help tells of the other way to start it: to put the audit log right.
        GitOpsGate.WebhookGateway witness --help tells of a third: to cosign other gates' audit logs.
        """;

    /// <summary>Reads the arguments; a problem is one line.</summary>
    public static (StartOptions? Options, string Problem) Read(IReadOnlyList<string> args, Func<string, string?> environment)
    {
        var config = environment("GITOPSGATE_CONFIG") is { Length: > 0 } named ? named : "gate.yaml";
        var urls = environment("ASPNETCORE_URLS") is { Length: > 0 } given ? given : "http://127.0.0.1:8080";
        var hasWorkers = true;
        for (var i = 0; i < args.Count; i += 2)
        {
            if (i + 1 >= args.Count) return (null, $"`{args[i]}` is not understood, or needs a value");
            switch (args[i])
            {
                case "--config":
                    config = args[i + 1];
                    break;
                case "--urls":
                    urls = args[i + 1];
                    break;
                case "--port" when ushort.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var port):
                    urls = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
                    break;
                case "--workers" when args[i + 1] is "on" or "off":
                    hasWorkers = args[i + 1] == "on";
                    break;
                default:
                    return (null, $"`{args[i]} {args[i + 1]}` is not understood");
            }
        }

        return (new StartOptions(config, urls, hasWorkers), "");
    }
}
