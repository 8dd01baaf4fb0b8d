using System.Threading.Channels;

namespace GitOpsGate.Cli;

/// <summary>Does something again whenever files change.</summary>
internal static class PolicyWatch
{
    // Editors write a file in several steps; what follows within this time belongs to the same change.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs once, and again after each change, until cancelled; a run that fails is told and waited out.</summary>
    /// <param name="paths">Folders, with everything below, and files.</param>
    /// <param name="run">What is done.</param>
    /// <param name="cancellation">Ends the watching.</param>
    public static async Task<int> RunAsync(IEnumerable<string> paths, Func<Task<int>> run, CancellationToken cancellation)
    {
        var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var watchers = paths.Select(path => Watch(path, () => changes.Writer.TryWrite(true))).ToList();
        try
        {
            while (true)
            {
                await RunOnceAsync(run);
                Terminal.Line("watching for changes; interrupt to end");
                await changes.Reader.ReadAsync(cancellation);
                await Task.Delay(Settling, cancellation);
                changes.Reader.TryRead(out _);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }
        finally
        {
            foreach (var watcher in watchers) watcher.Dispose();
        }
    }

    private static async Task RunOnceAsync(Func<Task<int>> run)
    {
        try
        {
            await run();
        }
        catch (CommandFailure failure)
        {
            await Console.Error.WriteLineAsync($"gate: {failure.Message}");
        }
        catch (IOException trouble)
        {
            // A file that is being replaced is there again in a moment, and that is a change.
            await Console.Error.WriteLineAsync($"gate: {trouble.Message}");
        }
    }

    private static FileSystemWatcher Watch(string path, Action changed)
    {
        if (!Directory.Exists(path) && !File.Exists(path)) throw new CommandFailure(ExitCode.Usage, $"`{path}` is not there");
        var isFolder = Directory.Exists(path);
        var watcher = isFolder
            ? new FileSystemWatcher(path) { IncludeSubdirectories = true }
            : new FileSystemWatcher(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path));
        watcher.Changed += (_, _) => changed();
        watcher.Created += (_, _) => changed();
        watcher.Deleted += (_, _) => changed();
        watcher.Renamed += (_, _) => changed();
        watcher.EnableRaisingEvents = true;
        return watcher;
    }
}
