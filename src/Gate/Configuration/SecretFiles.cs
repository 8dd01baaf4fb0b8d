namespace GitOpsGate.Configuration;

/// <summary>
/// Secrets in files. A file is read again when it was not for five seconds, so that a secret is changed by writing its file anew. (Not by
/// its time of change: secrets that a cluster mounts are links, whose own times stay.) A file that cannot be read any more leaves its last
/// secret in force. Safe to use from many threads.
/// </summary>
public sealed class SecretFiles(TimeProvider clock)
{
    private const int MaxBytes = 64 * 1024;

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    /// <summary>Raised once each time that a file cannot be read any more, with what is wrong; never with the secret.</summary>
    public event Action<string>? Lost;

    /// <summary>The secret in a file; without one, says why.</summary>
    /// <param name="name">The path as people wrote it.</param>
    internal (Secret? Secret, string Problem) Open(string name, string path)
    {
        var (text, problem) = Read(name, path);
        return text is null ? (null, problem) : (new Secret(new Watched(this, name, path, text).Now), "");
    }

    private static (string? Text, string Problem) Read(string name, string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > MaxBytes) return (null, $"file `{name}` has more than {MaxBytes} bytes");
            using var reader = new StreamReader(file);
            var text = reader.ReadToEnd().TrimEnd('\r', '\n');
            return text.Length > 0 ? (text, "") : (null, $"file `{name}` is empty");
        }
        catch (Exception trouble) when (trouble is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, $"file `{name}` is not there");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return (null, $"file `{name}` cannot be read");
        }
    }

    /// <summary>One file and the secret that it held last.</summary>
    private sealed class Watched(SecretFiles files, string name, string path, string text)
    {
        private readonly Lock _gate = new();
        private string _text = text;
        private long _readAt = files.Clock.GetTimestamp();
        private bool _isLost;

        public string Now()
        {
            lock (_gate)
            {
                if (files.Clock.GetElapsedTime(_readAt) < Between) return _text;
                _readAt = files.Clock.GetTimestamp();
                var (found, problem) = Read(name, path);
                if (found is null && !_isLost) files.Lost?.Invoke($"{problem}; its last secret stays in force");
                _isLost = found is null;
                return _text = found ?? _text;
            }
        }
    }

    private TimeProvider Clock => clock;
}
