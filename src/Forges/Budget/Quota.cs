namespace GitOpsGate.Forges.Budget;

/// <summary>What is known of a forge's limits beforehand.</summary>
/// <param name="HourlyCalls">Calls that one account may make in an hour, where the forge does not say what is left; 0 for no such limit.</param>
/// <param name="LimitsWrites">Whether writing fast is limited by itself, so that it goes slower after that has happened.</param>
internal sealed record Quota(long HourlyCalls, bool LimitsWrites)
{
    private static readonly Quota Unknown = new(0, false);

    private static readonly Dictionary<string, Quota> ByForge = new(StringComparer.Ordinal)
    {
        // Atlassian, "API request limits": 1,000 calls to /2.0/repositories in any hour; remaining and reset are not told.
        ["bitbucket-cloud"] = new(1000, false),
        // docs.github.com, "Rate limits for the REST API", secondary limits: writes one by one, a second apart.
        ["github"] = new(0, true),
    };

    public static Quota Of(string forge) => ByForge.GetValueOrDefault(forge, Unknown);
}
