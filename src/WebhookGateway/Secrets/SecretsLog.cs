namespace GitOpsGate.WebhookGateway.Secrets;

/// <summary>What the log says of secrets: their names, never more.</summary>
internal static partial class SecretsLog
{
    [LoggerMessage(1, LogLevel.Error, "stored secret `{Name}` cannot be opened: the keys that it was sealed with are gone; store it again")]
    public static partial void CannotOpen(this ILogger log, string name);

    [LoggerMessage(2, LogLevel.Warning, "stored secret `{Name}` is named in gate.yaml and not stored; `gate secret set {Name}` stores it")]
    public static partial void NotStored(this ILogger log, string name);

    [LoggerMessage(3, LogLevel.Warning, "a secret's {What}")]
    public static partial void Lost(this ILogger log, string what);

    [LoggerMessage(4, LogLevel.Warning, "the stored secrets cannot be looked at: {Why}; those of before stay in force")]
    public static partial void CannotLook(this ILogger log, string why);
}
