using Microsoft.Extensions.Logging;

namespace GitOpsGate.Storage;

internal static partial class StorageLog
{
    [LoggerMessage(1, LogLevel.Error, "a batch of {Count} writes failed and was taken back")]
    public static partial void BatchFailed(ILogger log, int count, Exception trouble);

    [LoggerMessage(2, LogLevel.Warning, "a commit was reported as failed, but it happened")]
    public static partial void CommittedAfterAll(ILogger log, Exception trouble);

    [LoggerMessage(3, LogLevel.Error, "what became of a commit could not be found out")]
    public static partial void RecheckFailed(ILogger log, Exception trouble);

    [LoggerMessage(4, LogLevel.Information, "migration {Name} applied")]
    public static partial void Migrated(ILogger log, string name);
}
