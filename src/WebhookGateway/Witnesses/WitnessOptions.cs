using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using GitOpsGate.Audit.Notes;

namespace GitOpsGate.WebhookGateway.Witnesses;

/// <summary>What a witness is told on its command line.</summary>
/// <param name="Folder">Its key and its memory, absolute.</param>
/// <param name="Name">Its key's name; null to keep the one that it has.</param>
/// <param name="Logs">The logs that it watches, each with its keys.</param>
/// <param name="Listen">Where it listens.</param>
internal sealed record WitnessOptions(string Folder, string? Name, ImmutableArray<LogKeys> Logs, IPEndPoint Listen)
{
    /// <summary>The word that asks for it.</summary>
    public const string Verb = "witness";

    public const string Usage = """
        usage: GitOpsGate.WebhookGateway witness --folder FOLDER --name NAME --log KEYS… [--listen ADDRESS:PORT]

        Cosigns the checkpoints of audit logs (C2SP tlog-witness), and of each log one history only. Runs best on a machine of
        somebody else than the one who runs the log.

          --folder FOLDER   its key (made at the first start) and what it has cosigned; never put an older copy of it back
          --name NAME       its key's name, such as w.example.org/w; said at the first start, and kept
          --log KEYS        a log that it watches: its key (name+hash+base64), or a file, the log's keys.json; once for each log
          --listen …        where it listens (default: 127.0.0.1:8095); put TLS in front of it where others reach it

        exit codes: 0 after a stop · 2 the command line or the folder cannot be used
        """;

    private static readonly IPEndPoint Usual = new(IPAddress.Loopback, 8095);

    /// <summary>Reads the arguments behind the verb; a problem is one line.</summary>
    public static (WitnessOptions? Options, string Problem) Read(IReadOnlyList<string> args)
    {
        string? folder = null, name = null;
        var logs = new List<LogKeys>();
        var listen = Usual;
        for (var i = 0; i < args.Count; i += 2)
        {
            if (i + 1 == args.Count) return (null, $"`{args[i]}` is not understood, or needs a value");
            var value = args[i + 1];
            switch (args[i])
            {
                case "--folder":
                    folder = Path.GetFullPath(value);
                    break;
                case "--name":
                    name = value;
                    break;
                case "--listen" when TryAddress(value) is { } address:
                    listen = address;
                    break;
                case "--listen":
                    return (null, $"`--listen {value}` is not understood; `127.0.0.1:8095` would be right");
                case "--log":
                    var (keys, problem) = Log(value);
                    if (keys is null) return (null, $"--log: {problem}");
                    if (logs.Any(known => known.Origin == keys.Origin)) return (null, $"--log: `{keys.Origin}` stands twice; a log's `keys.json` holds all of its keys");
                    logs.Add(keys);
                    break;
                default:
                    return (null, $"`{args[i]}` is not understood");
            }
        }

        if (folder is null) return (null, "`--folder` is missing");
        return logs.Count > 0 ? (new WitnessOptions(folder, name, [.. logs], listen), "") : (null, "`--log` is missing: a witness watches one log or more");
    }

    private static IPEndPoint? TryAddress(string text)
    {
        // A bare address would be taken with port 0, which is nobody's wish.
        var port = text.AsSpan(text.LastIndexOf(':') + 1);
        return text.Contains(':', StringComparison.Ordinal) && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && IPEndPoint.TryParse(text, out var address) ? address : null;
    }

    private static (LogKeys? Keys, string Problem) Log(string given)
    {
        try
        {
            return (LogKeys.Parse(File.Exists(given) ? File.ReadAllText(given) : given), "");
        }
        catch (Exception trouble) when (trouble is FormatException or IOException or UnauthorizedAccessException)
        {
            return (null, trouble.Message);
        }
    }
}
