namespace GitOpsGate.Cli;

/// <summary>Durations as options give them.</summary>
internal static class Seconds
{
    /// <summary>A number of seconds, which has to be more than nothing and less than a day.</summary>
    public static TimeSpan Of(double seconds, string option) => seconds is > 0 and <= 86_400
        ? TimeSpan.FromSeconds(seconds)
        : throw new CommandFailure(ExitCode.Usage, $"`{option} {seconds}` is not a time; a number of seconds above 0, at most 86400, would be right");
}
