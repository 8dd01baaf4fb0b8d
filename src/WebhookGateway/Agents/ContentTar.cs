using System.Formats.Tar;
using GitOpsGate.Configuration;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Agents;

/// <summary>
/// Sends the files of an order's tree as a tar archive: the same tree gives the same bytes. Safe for concurrent use; a few are made at one
/// moment, the others wait.
/// </summary>
internal sealed class ContentTar(IGitMirror git, GateConfiguration configuration) : IDisposable
{
    private readonly SemaphoreSlim _room = new(4);

    /// <summary>Answers with the archive, or gives the problem to answer with.</summary>
    public async Task<IResult> SendAsync(DispatchOrder order, HttpContext context)
    {
        if (configuration.Connections.FirstOrDefault(one => one.Name == order.Repository.Connection) is not { } connection)
            return Trouble($"connection `{order.Repository.Connection}` is not configured", isPermanent: true);
        var cancellation = context.RequestAborted;
        await _room.WaitAsync(cancellation);
        var folder = Directory.CreateTempSubdirectory("gitopsgate-content-");
        try
        {
            await git.ExportAsync(connection, order.Repository, order.Commit, order.Path, folder.FullName, cancellation);
            context.Response.ContentType = "application/x-tar";
            context.Response.Headers.CacheControl = "no-cache";
            await WriteAsync(folder, context.Response.Body, cancellation);
            return Results.Empty;
        }
        catch (GitTroubleException trouble)
        {
            return Trouble(trouble.Message, trouble.IsPermanent);
        }
        finally
        {
            folder.Delete(recursive: true);
            _room.Release();
        }
    }

    public void Dispose() => _room.Dispose();

    private static async Task WriteAsync(DirectoryInfo folder, Stream output, CancellationToken cancellation)
    {
        await using var tar = new TarWriter(output, TarEntryFormat.Gnu, leaveOpen: true);
        foreach (var name in Names(folder).Order(StringComparer.Ordinal))
        {
            var file = new FileInfo(Path.Combine(folder.FullName, name));
            var link = file.LinkTarget;
            var entry = new GnuTarEntry(link is null ? TarEntryType.RegularFile : TarEntryType.SymbolicLink, name)
            {
                ModificationTime = DateTimeOffset.UnixEpoch,
                AccessTime = DateTimeOffset.UnixEpoch,
                ChangeTime = DateTimeOffset.UnixEpoch,
                Mode = (UnixFileMode)(link is null && file.UnixFileMode.HasFlag(UnixFileMode.UserExecute) ? 0b111_101_101 : 0b110_100_100),
            };
            if (link is not null) entry.LinkName = link;
            await using var content = link is null ? file.OpenRead() : null;
            entry.DataStream = content;
            await tar.WriteEntryAsync(entry, cancellation);
        }
    }

    // Walks by itself: the framework's recursion would follow links to folders.
    private static IEnumerable<string> Names(DirectoryInfo root)
    {
        var folders = new Stack<DirectoryInfo>([root]);
        while (folders.TryPop(out var folder))
        {
            foreach (var entry in folder.EnumerateFileSystemInfos())
            {
                if (entry is DirectoryInfo { LinkTarget: null } inner) folders.Push(inner);
                else yield return Path.GetRelativePath(root.FullName, entry.FullName);
            }
        }
    }

    private static ProblemHttpResult Trouble(string why, bool isPermanent) => TypedResults.Problem(
        why, statusCode: isPermanent ? StatusCodes.Status409Conflict : StatusCodes.Status503ServiceUnavailable, title: "the content cannot be had");
}
