namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>What the command line of <c>recover</c> says.</summary>
/// <param name="Mirror">The folder of the mirror; null for a new name.</param>
/// <param name="Reason">Why the log goes on under a new name; null with a mirror.</param>
internal sealed record RecoverOptions(string ConfigPath, string? Mirror, string? Reason)
{
    public const string Verb = "recover";

    public const string Usage = """
        usage: GitOpsGate.WebhookGateway recover [--config FILE] (--from-mirror FOLDER | --new-epoch --reason TEXT)

          Puts the audit log right after the database was put back to an older copy. The gateway must be stopped.

          --config FILE          the configuration (default: $GITOPSGATE_CONFIG, else ./gate.yaml)
          --from-mirror FOLDER   give the log its lost entries back from a copy that `gate audit mirror` made
          --new-epoch            go on without them, under a new name whose first entry says what was lost
          --reason TEXT          why; it stands in the log

        exit codes: 0 done · 1 refused, and nothing was changed · 2 the command line or the configuration cannot be used
        """;

    /// <summary>Reads the arguments behind the verb; a problem is one line.</summary>
    public static (RecoverOptions? Options, string Problem) Read(IReadOnlyList<string> args, Func<string, string?> environment)
    {
        var config = environment("GITOPSGATE_CONFIG") is { Length: > 0 } named ? named : "gate.yaml";
        string? mirror = null, reason = null;
        var isNew = false;
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] == "--new-epoch")
            {
                isNew = true;
                continue;
            }

            if (args[i] is not ("--config" or "--from-mirror" or "--reason") || i + 1 == args.Count) return (null, $"`{args[i]}` is not understood, or needs a value");
            var value = args[++i];
            if (args[i - 1] == "--config") config = value;
            else if (args[i - 1] == "--from-mirror") mirror = value;
            else reason = value;
        }

        if (isNew == mirror is not null) return (null, "either `--from-mirror FOLDER` or `--new-epoch` would be right");
        return isNew == (reason is not null)
            ? (new RecoverOptions(config, mirror, reason), "")
            : (null, "`--new-epoch` and `--reason` belong together");
    }
}
