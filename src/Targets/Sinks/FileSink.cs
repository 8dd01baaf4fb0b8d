using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Releases;

namespace GitOpsGate.Targets.Sinks;

/// <summary>
/// Writes batches into a folder. Each file is written beside its place, flushed and moved there in one step: whoever looks sees all of it or nothing. The
/// entries come last, so that they never lie there without what proves them.
/// </summary>
internal sealed class FileSink(SinkSource source) : ISink
{
    public string Name => source.Name;

    public Task<SinkAnswer> SendAsync(SinkBatch batch, CancellationToken cancellation) => Task.Run<SinkAnswer>(
        () =>
        {
            try
            {
                foreach (var (name, content) in BatchFiles.Of(batch, source.View).All) Write(name, content);
                return new SinkAnswer.Kept();
            }
            catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
            {
                return new SinkAnswer.NotKept($"the files cannot be written: {trouble.Message}");
            }
        },
        cancellation);

    private void Write(string name, byte[] content)
    {
        var path = Path.Combine([source.Folder!, .. name.Split('/')]);
        Open(Path.GetDirectoryName(path)!);
        var aside = path + ".part";
        using (var file = new FileStream(aside, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        Durable.Replace(aside, path);
    }

    // A new folder is only there for good once the one that it lies in was flushed.
    private static void Open(string folder)
    {
        if (System.IO.Directory.Exists(folder)) return;
        var parent = Path.GetDirectoryName(folder)!;
        Open(parent);
        System.IO.Directory.CreateDirectory(folder);
        Durable.FlushFolder(parent);
    }
}
