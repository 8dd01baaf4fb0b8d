using System.Runtime.InteropServices;
using System.Security.Cryptography;
using GitOpsGate.Agent.Engines;
using GitOpsGate.Configuration;

namespace GitOpsGate.Agent;

/// <summary>From a command line to a running agent.</summary>
internal static class Startup
{
    /// <summary>What is desired runs; or the agent was asked to stop.</summary>
    public const int InSync = 0;

    /// <summary>What came was refused, or could not be carried out, or what runs has drifted: the line says so.</summary>
    public const int NotInSync = 1;

    /// <summary>The command line, <c>agent.yaml</c>, the folder or the state file cannot be used.</summary>
    public const int Unusable = 2;

    /// <summary>The gateway was not reached, or said no.</summary>
    public const int Unanswered = 3;

    private const string Usage =
        """
        usage: GitOpsGate.Agent --config agent.yaml [--once]

          --once    one pass, then exit: 0 what is desired runs · 1 it does not · 2 the configuration cannot be used · 3 no answer
        """;

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(25);

    /// <summary>Runs until the process is asked to stop, or for one pass; the exit code.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        var (config, isOnce) = args switch
        {
            ["--config", var path] => (path, false),
            ["--config", var path, "--once"] => (path, true),
            ["--once", "--config", var path] => (path, true),
            _ => (default(string), false),
        };
        if (config is null)
        {
            await errors.WriteLineAsync(Usage);
            return Unusable;
        }

        var reading = AgentFileReader.ReadFile(config);
        foreach (var warning in reading.Warnings) await errors.WriteLineAsync($"warning: {warning}");
        foreach (var problem in reading.Problems) await errors.WriteLineAsync(problem.ToString());
        if (reading.Value is not { } configuration) return Unusable;

        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, stop));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, stop));
        try
        {
            return await RunAsync(configuration, isOnce, output, stop.Token);
        }
        catch (OperationCanceledException)
        {
            return InSync;
        }
        catch (Exception trouble) when (trouble is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync($"the agent does not start: {trouble.Message}");
            return Unusable;
        }
    }

    private static async Task<int> RunAsync(AgentConfiguration configuration, bool isOnce, TextWriter output, CancellationToken stopping)
    {
        var clock = TimeProvider.System;
        using var engine = new DirectoryEngine(configuration.Path, configuration.Keep);
        using var link = new GateLink(configuration, clock);
        var agent = new SyncAgent(configuration, link, engine, new StateFile(configuration.StateFile), clock);
        var pace = new Pace(configuration.Poll, new Random(RandomNumberGenerator.GetInt32(int.MaxValue)));
        var said = "";
        while (true)
        {
            var began = clock.GetTimestamp();
            var pass = await agent.PassAsync(isOnce ? TimeSpan.Zero : Wait, stopping);
            if (pass.Line != said) await output.WriteLineAsync($"{clock.GetUtcNow():u} {said = pass.Line}");
            if (isOnce) return CodeOf(pass.End);
            await Task.Delay(pace.After(pass, clock.GetElapsedTime(began) >= Wait / 2), clock, stopping);
        }
    }

    private static int CodeOf(PassEnd end) => end switch
    {
        PassEnd.InSync => InSync,
        PassEnd.Unanswered => Unanswered,
        PassEnd.Refused or PassEnd.Failed or PassEnd.Drifted => NotInSync,
    };

    private static void Stop(PosixSignalContext signal, CancellationTokenSource stop)
    {
        signal.Cancel = true;
        stop.Cancel();
    }
}
