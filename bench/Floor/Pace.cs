using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace GitOpsGate.Bench.Floor;

/// <summary>
/// Webhooks at a steady pace, whatever the answers: an open load. A call's time counts from the moment when it was to begin, so that a
/// slow moment delays all that arrive in it. Threads and blocking sockets, since a caller that is late itself would be taken for a slow door.
/// </summary>
internal static class Pace
{
    private const int Connections = 32;

    /// <summary>Sends, and prints one line: calls, wrong answers, p50 and p99 in ms.</summary>
    /// <returns>1 when an answer was not 202.</returns>
    public static int Run(int port, int perSecond, double seconds)
    {
        var times = new double[(int)(perSecond * seconds)];
        var wrong = 0;
        using var due = new BlockingCollection<(int Number, long Planned)>();
        var senders = Enumerable.Range(0, Connections).Select(_ => new Thread(() =>
        {
            using var sender = new Sender(port);
            foreach (var (number, planned) in due.GetConsumingEnumerable())
            {
                if (!sender.IsAccepted(number)) Interlocked.Increment(ref wrong);
                times[number] = Stopwatch.GetElapsedTime(planned).TotalMilliseconds;
            }
        })).ToList();
        senders.ForEach(sender => sender.Start());
        // The threads and their connections are there before the first call is due.
        Thread.Sleep(500);
        var began = Stopwatch.GetTimestamp();
        for (var number = 0; number < times.Length; number++)
        {
            var planned = began + (long)((double)number / perSecond * Stopwatch.Frequency);
            SleepUntil(planned);
            due.Add((number, planned));
        }

        due.CompleteAdding();
        senders.ForEach(sender => sender.Join());
        Array.Sort(times);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{times.Length} {wrong} {At(times, 0.5):F3} {At(times, 0.99):F3}"));
        return wrong == 0 ? 0 : 1;
    }

    private static double At(double[] sorted, double share) => sorted[Math.Min((int)(sorted.Length * share), sorted.Length - 1)];

    private static void SleepUntil(long planned)
    {
        // Thread.Sleep counts in milliseconds, and half of one is a fifth of what is measured.
        while (planned - Stopwatch.GetTimestamp() is > 0 and var left)
        {
            var time = new TimeSpec(0, left * (1_000_000_000 / Stopwatch.Frequency));
            _ = NanoSleep(in time, IntPtr.Zero);
        }
    }

    [DllImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NanoSleep(in TimeSpec wanted, IntPtr left);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);

    /// <summary>One connection that is kept open.</summary>
    private sealed class Sender : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly byte[] _answer = new byte[4096];
        private readonly byte[] _request;
        private readonly int _idAt;

        public Sender(int port)
        {
            var body = File.ReadAllBytes(Setting("HOOK_BODY"));
            var head = $"POST {Setting("HOOK_PATH")} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                + $"Content-Length: {body.Length}\r\nX-GitHub-Event: pull_request\r\nX-Hub-Signature-256: {Setting("HOOK_SIGNATURE")}\r\n"
                + $"X-GitHub-Delivery: paced-{Environment.ProcessId:D10}-";
            _idAt = head.Length;
            _request = [.. Encoding.ASCII.GetBytes(head), .. "0000000000\r\n\r\n"u8, .. body];
            _socket.Connect(IPAddress.Loopback, port);
        }

        public bool IsAccepted(int number)
        {
            number.TryFormat(_request.AsSpan(_idAt, 10), out _, "D10", CultureInfo.InvariantCulture);
            for (var sent = 0; sent < _request.Length;) sent += _socket.Send(_request.AsSpan(sent));
            var read = 0;
            while (true)
            {
                var more = _socket.Receive(_answer.AsSpan(read));
                if (more == 0) return false;
                read += more;
                var text = Encoding.ASCII.GetString(_answer, 0, read);
                if (text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is >= 0 and var end && read >= end + 4 + LengthIn(text[..end]))
                    return text.StartsWith("HTTP/1.1 202 ", StringComparison.Ordinal);
            }
        }

        public void Dispose() => _socket.Dispose();

        private static int LengthIn(string head) => head.Split("\r\n")
            .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Select(line => int.Parse(line.AsSpan(15), CultureInfo.InvariantCulture)).FirstOrDefault();

        private static string Setting(string name) =>
            Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"`{name}` is not set");
    }
}
